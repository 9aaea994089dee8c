// How the pages write values; the same as templatetags/formats.py.

const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export const count = (value) => grouped.format(value);

export function duration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function bytes(size) {
  let amount = size;
  for (const unit of ["B", "kB", "MB"]) {
    if (amount < 1000) return `${amount.toFixed(unit === "B" ? 0 : 1)} ${unit}`;
    amount /= 1000;
  }
  return `${amount.toFixed(1)} GB`;
}
