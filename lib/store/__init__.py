"""What outlives a process: files, the data sets' sources, the ledger of finished rounds, rounds on a cluster."""
