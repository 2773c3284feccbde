"""The panels of `seqcli inspect`, one per module; `seqcli.views.inspection.PANELS` lists them."""
