/** What a path and its folds go by: the rest of the program knows it without what computes them. */
import type { Metrics } from '../metrics/metrics.js';

/** What a lambda is chosen by. */
export const CV_METRICS = ['loss', 'auc', 'brier', 'error'] as const;
export type CvMetric = (typeof CV_METRICS)[number];

/** Which lambda is chosen. */
export const CHOICES = ['min', '1se'] as const;
export type Choice = (typeof CHOICES)[number];

/** Metrics of which the folds have a mean. */
export const ESTIMATED = [
  'logLoss',
  'brier',
  'mcFaddenR2',
  'rocAuc',
  'averagePrecision',
  'expectedCalibrationError',
  'accuracy',
  'precision',
  'recall',
  'f1',
] as const satisfies readonly (keyof Metrics)[];
export type EstimatedMetric = (typeof ESTIMATED)[number];

/** Weights up to which all are solved for at once. */
export const FEW_WEIGHTS = 256;
