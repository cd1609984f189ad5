"""The edge: protos in, protos out."""
