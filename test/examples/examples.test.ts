import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const EXAMPLES = new URL('../../examples/', import.meta.url)
const numbered = readdirSync(EXAMPLES).filter((name) => /^\d\d-/.test(name))

test('there are examples', () => expect(numbered).not.toEqual([]))

test.each(numbered)('%s prints its output.txt, and ends by itself', async (name) => {
  const main = fileURLToPath(new URL(`${name}/main.ts`, EXAMPLES))
  const env = { ...process.env, MODEL: '' } // it would have an example ask a real model
  const args = ['-C', 'heddle-source', main]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  expect(stdout).toBe(readFileSync(new URL(`${name}/output.txt`, EXAMPLES), 'utf8'))
})
