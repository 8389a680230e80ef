/** True when two types are the same, `readonly` and optional marks included. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

type Mismatch<Expected, Actual> = [mismatch: { expected: Expected; actual: Actual }]

/**
 * `exactly<Expected>()(value)` compiles only when the value's type is `Expected`; a type that is
 * merely assignable to it does not compile.
 */
export function exactly<Expected>() {
  return <Actual>(
    _value: Actual,
    ..._mismatch: Equal<Actual, Expected> extends true ? [] : Mismatch<Expected, Actual>
  ): void => {}
}
