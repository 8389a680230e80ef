/**
 * What this thread holds after a collection: its heap, and buffers outside of it. Needs
 * `--expose-gc`.
 */
export function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('memory is measured under --expose-gc')
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
