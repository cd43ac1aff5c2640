import { celFunc, type CelFunc, celMethod, CelScalar, objectType } from '@bufbuild/cel';
import { create } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';

const { DOUBLE, INT, STRING } = CelScalar;
const DURATION = objectType(DurationSchema);
const TIMESTAMP = objectType(TimestampSchema);

/** The years 1 to 9999, in seconds since 1970. */
const SECONDS_MIN = -62_135_596_800n;
const SECONDS_MAX = 253_402_300_799n;

/** Where the library reads times, or writes numbers, otherwise than Kubernetes does. */
export const TIMES: readonly CelFunc[] = [
  celMethod('getMilliseconds', DURATION, [], INT, function () {
    return this.message.seconds * 1000n + BigInt(this.message.nanos) / 1_000_000n;
  }),
  celFunc('timestamp', [INT], TIMESTAMP, (seconds) => {
    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) throw new Error('timestamp overflow');
    return create(TimestampSchema, { seconds, nanos: 0 });
  }),
  celFunc('string', [DOUBLE], STRING, formatDouble),
];

/** As `%g` of Go: with an exponent below 1e-4 and from 1e6 on. */
function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : '+Inf';
  if (Object.is(value, -0)) return '-0';
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return value.toString();
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
