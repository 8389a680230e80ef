import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkSchema, isSchema, type Schema } from '../../src/messages/schema.ts'

test('any Standard Schema is a schema, object or function', () => {
  const callable = Object.assign(() => {}, { '~standard': { validate: () => {} } })
  for (const schema of [z.string(), z.object({}), callable]) expect(isSchema(schema)).toBe(true)
  for (const other of [null, undefined, 'x', {}, () => {}, 7, { '~standard': {} }])
    expect(isSchema(other)).toBe(false)
})

test('a check returns its outcome', () => {
  expect(checkSchema(z.number(), 7)).toEqual({ kind: 'valid', value: 7 })
  expect(checkSchema(z.object({ a: z.number() }), { a: 'x' })).toMatchObject({
    kind: 'invalid',
    issues: [expect.stringContaining('a: ')],
  })
})

test('a promise counts as an outcome of its own, and its rejection is ignored', () => {
  const schema = (validate: () => Promise<never>): Schema => ({
    '~standard': { version: 1, vendor: 'test', validate },
  })
  const failing = schema(() => Promise.reject(new Error('never seen')))
  expect(checkSchema(failing, 1)).toEqual({ kind: 'asynchronous' })
})
