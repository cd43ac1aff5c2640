/**
 * Waits until `probe` returns without throwing, letting I/O go on between two looks; for things in this process that
 * take microseconds. Throws the probe's last error after the deadline.
 */
export async function until<T>(probe: () => T, deadlineMs = 5_000): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    try {
      return probe();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
