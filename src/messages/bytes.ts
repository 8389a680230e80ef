/**
 * Copies of binary data that hold only the viewed bytes: a small view may have a large buffer, or
 * Node's pool, behind it.
 */
import { types } from 'node:util'

type ViewClass = new (buffer: ArrayBuffer) => ArrayBufferView

/** The view classes of this realm, by the name that every view has in any realm. */
const VIEW_CLASSES = new Map<string, ViewClass>(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ].map((Class) => [Class.name, Class as ViewClass]),
)
const half: unknown = Reflect.get(globalThis, 'Float16Array') // Node 24 has it, Node 22 does not
if (typeof half === 'function') VIEW_CLASSES.set('Float16Array', half as ViewClass)

/** The view's class, whatever its own fields and subclasses say: a `Buffer` is a `Uint8Array`. */
const tagOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as (this: ArrayBufferView) => string | undefined

/**
 * A new view with a copy of the same bytes. Its buffer is just as long, and its class is the
 * standard one, as in a structured clone.
 */
export function copyView(view: ArrayBufferView): ArrayBufferView {
  const Class = VIEW_CLASSES.get(tagOf.call(view) ?? 'DataView') as ViewClass
  return new Class(viewedBytes(view))
}

/** A buffer with only the viewed bytes. */
export function viewedBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): ArrayBuffer {
  const bytes = new Uint8Array(byteLength)
  bytes.set(new Uint8Array(buffer, byteOffset, byteLength))
  return bytes.buffer
}

/** A buffer of this realm with the same bytes; the copy of a growable buffer has a fixed size. */
export function copyBuffer(buffer: ArrayBuffer): ArrayBuffer {
  return viewedBytes(new Uint8Array(buffer))
}

/** Whether it is memory that two threads could write at once, or a view of such memory. */
export function isShared(value: ArrayBufferView | ArrayBufferLike): boolean {
  return types.isSharedArrayBuffer(ArrayBuffer.isView(value) ? value.buffer : value)
}

const sizeOfBlob = Object.getOwnPropertyDescriptor(Blob.prototype, 'size')?.get as () => number

/** Whether it is a `Blob` or a `File` of Node: only these know their size. */
export function isBlob(value: object): value is Blob {
  if (types.isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return false // a throw takes long
  try {
    sizeOfBlob.call(value)
    return true
  } catch {
    return false
  }
}
