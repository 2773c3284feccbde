"""Several stations of the story, trained side by side, and a closer look at them."""
