"""Translate a text file with Ray Data, on one machine or a cluster.

    python translate_with_ray.py MODEL LINES OUT [WORKERS]

WORKERS (1 if not given) are fewer than the cores, as reading needs one too. LINES has a sentence a
line. OUT is a folder, to which each worker writes Parquet files with the columns `text` and
`translation`. MODEL must have the same path on every machine.
"""

import sys

import ray

import seqcli


class Translate:
    """A worker: it opens the model once, and translates batch after batch."""

    def __init__(self, model):
        # Ray gives a worker one core, so more threads would be in each other's way.
        self.translator = seqcli.load(model, threads=1)

    def __call__(self, batch):
        texts = [str(text) for text in batch["text"]]
        translations = self.translator.translate_batch(texts)
        batch["translation"] = [translation.text for translation in translations]
        return batch


def main(model, lines, out, workers=1):
    data = ray.data.read_text(lines, drop_empty_lines=False)
    data = data.map_batches(
        Translate, fn_constructor_args=[model], batch_size=1024, concurrency=int(workers)
    )
    data.write_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
