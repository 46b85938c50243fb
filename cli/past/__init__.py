"""The past of the demo site: what its people did before anybody looked."""
