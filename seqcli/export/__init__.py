"""The network as ONNX graphs: the door from the learning wing to the using wing."""
