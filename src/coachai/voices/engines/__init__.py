"""Other engines that tell voices apart, one a file, behind one door: `diarizer.Diarizer`; see `choice`."""
