"""The network as ONNX graphs: for translation without torch."""
