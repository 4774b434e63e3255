"""When somebody is told of a journey, and in what words: pure functions. Standard library only."""
