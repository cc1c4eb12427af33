"""What utterances do, read by a small trained model: slow half, once; `annotation` turns it into labels."""
