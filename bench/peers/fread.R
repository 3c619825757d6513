# Usage: Rscript fread.R THREADS
# Reads the file whose path comes on a line of standard input, and answers with a line, until there are no more.
suppressMessages(library(data.table))
setDTthreads(as.integer(commandArgs(trailingOnly = TRUE)[1]))
paths <- file("stdin", "r")
while (length(path <- readLines(paths, 1)) == 1) {
  table <- fread(path, showProgress = FALSE)
  cat(nrow(table), "\n", sep = "")
  flush(stdout())
}
