/**
 * The bytes that this thread holds after a garbage collection: its heap, and the buffers outside
 * it. Needs `--expose-gc`.
 */
export function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('memory is measured under --expose-gc')
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
