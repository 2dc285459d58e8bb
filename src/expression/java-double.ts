/**
 * Doubles as Java prints them: always a digit after the point, and the form `1.0E7` below a
 * thousandth and from ten million on. JavaScript gives the shortest digits that read back to the
 * same double, which is what current Java does too; only the layout differs.
 */
export function javaDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Infinity' : 'Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = value.toString();
    return text.includes('.') ? text : `${text}.0`;
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const mantissa = digits.includes('.') ? digits : `${digits}.0`;
  return `${mantissa}E${exponent.startsWith('+') ? exponent.slice(1) : exponent}`;
}

/** A double without an exponent, as the language's own literals want it. */
export function plainDouble(value: number): string {
  if (!Number.isFinite(value)) return `1${'0'.repeat(400)}.0`;
  const [digits = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(exponentText);
  const figures = digits.replace('.', '');
  const whole = exponent < 0 ? '0' : figures.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const rest = exponent < 0 ? '0'.repeat(-exponent - 1) + figures : figures.slice(exponent + 1);
  return `${value < 0 ? '-' : ''}${whole}.${rest === '' ? '0' : rest}`;
}
