/** Tells whether this thread is a lane. Known across copies of heddle, hence the global symbol. */
const MARK = Symbol.for('heddle.lane')

export function markLaneThread(): void {
  Object.defineProperty(globalThis, MARK, { value: true })
}

export function isLaneThread(): boolean {
  return Reflect.get(globalThis, MARK) === true
}
