/* One epoch of logistic regression as a C compiler does it: rows in memory one after the other, one thread.

   gcc -O3 -march=native -ffast-math epoch.c -o epoch -lm && ./epoch 1000000 28 15
   prints the milliseconds of each of 15 epochs, one a line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CHUNK = 128 };

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e3 * now.tv_sec + 1e-6 * now.tv_nsec;
}

/* Loss of n rows; adds their gradient to g. A chunk stays in the cache for the second visit. */
static double visit(const double *restrict X, const double *restrict y, int n, int d, const double *restrict w,
                    double *restrict g) {
  double h[CHUNK], J = 0;
  for (int i = 0; i < n; i++) {
    double sum = w[d];
    for (int j = 0; j < d; j++) sum += X[(size_t)i * d + j] * w[j];
    h[i] = sum;
  }
  for (int i = 0; i < n; i++) {
    double t = exp(-fabs(h[i]));
    J += fmax(h[i], 0) - h[i] * y[i] + log1p(t);
    h[i] = (h[i] >= 0 ? 1 : t) / (1 + t) - y[i];
  }
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < d; j++) g[j] += h[i] * X[(size_t)i * d + j];
    g[d] += h[i];
  }
  return J;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  size_t rows = strtoull(argv[1], NULL, 10);
  int d = atoi(argv[2]), epochs = atoi(argv[3]);
  double *X = malloc(rows * d * sizeof *X), *y = malloc(rows * sizeof *y);
  double *w = calloc(d + 1, sizeof *w), *g = calloc(d + 1, sizeof *g);
  if (!X || !y || !w || !g) return 1;
  for (size_t p = 0; p < rows * d; p++) X[p] = 2.0 * rand() / RAND_MAX - 1;
  for (size_t i = 0; i < rows; i++) y[i] = rand() & 1;
  for (int epoch = 0; epoch < epochs; epoch++) {
    double start = milliseconds(), J = 0;
    for (int j = 0; j <= d; j++) g[j] = 0;
    for (size_t i = 0; i < rows; i += CHUNK) {
      J += visit(X + i * d, y + i, rows - i < CHUNK ? (int)(rows - i) : CHUNK, d, w, g);
    }
    for (int j = 0; j <= d; j++) w[j] -= 0.1 * g[j] / rows;
    printf("%.4f\n", milliseconds() - start);
    if (!isfinite(J)) return 1;
  }
  return 0;
}
