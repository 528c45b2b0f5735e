"""What lies outside this process: files, where digits come from, the ledger of finished rounds, workers, a cluster."""
