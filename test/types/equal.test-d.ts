/** `Equal` and `exactly`, which the other type tests rely on, can fail. */
import { type Equal, exactly } from './equal.ts'

export const same: Equal<{ readonly a: 1 }, { readonly a: 1 }> = true
// @ts-expect-error a readonly mark is a difference
export const marked: Equal<{ readonly a: 1 }, { a: 1 }> = true
// @ts-expect-error an optional mark is a difference
export const optional: Equal<{ a?: 1 }, { a: 1 | undefined }> = true
// @ts-expect-error unknown differs from any other type
export const unknownIsNotAny: Equal<unknown, number> = true

const count: number = JSON.parse('1')
exactly<number>()(count)
// @ts-expect-error assignable is not the same
exactly<number | string>()(count)
// @ts-expect-error any would hide every mistake
exactly<number>()(JSON.parse('1'))
