"""Keys of store systems: who may say something about which stores, and who may read it."""
