# The fits of R's glm to the tables of digits.py: Rscript digits.R FOLDER COUNT
arguments <- commandArgs(TRUE)
folder <- arguments[1]
fit <- function(table, control) {
  tryCatch(suppressWarnings({
    model <- glm(y ~ ., binomial, table, control = control)
    errors <- rep(NA, length(coef(model)))
    told <- summary(model)$coefficients[, 2]
    errors[!is.na(coef(model))] <- told
    list(converged = model$converged, weights = unname(coef(model)), errors = unname(errors))
  }), error = function(e) list(converged = FALSE, weights = NULL, errors = NULL))
}
number <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("\"%.17g\"", x)), collapse = ","), "]")
out <- file(file.path(folder, "r.json"), "w")
cat("[", file = out)
for (k in seq_len(as.integer(arguments[2])) - 1) {
  table <- read.csv(file.path(folder, paste0(k, ".csv")), numerals = "no.loss", colClasses = "numeric")
  fits <- list(fit(table, glm.control()), fit(table, glm.control(epsilon = 1e-15, maxit = 200)))
  texts <- sapply(fits, function(f) {
    sprintf("{\"converged\":%s,\"weights\":%s,\"errors\":%s}", tolower(f$converged), number(f$weights), number(f$errors))
  })
  cat(if (k > 0) "," else "", "[", paste(texts, collapse = ","), "]\n", file = out)
}
cat("]", file = out)
close(out)
