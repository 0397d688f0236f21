/** Scalars as the server reads them. */
import { durationSeconds, microsecondsOf } from '../../../core/duration.ts';
import type { Scalar, ScalarType } from '../../../core/template.ts';

/** A duration goes as seconds: as days it would be another interval, equal but printed otherwise. The rest is as it is kept. */
export function boundScalar(type: ScalarType | 'id', value: Scalar): Scalar {
  if (type !== 'duration' || typeof value !== 'string') return value;
  return `${durationSeconds(microsecondsOf(value) ?? 0n)} seconds`;
}
