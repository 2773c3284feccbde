"""The network as ONNX graphs: what training gives to translation."""
