import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { PACKAGE_FOLDERS } from '../../command-line/package-folders.ts'

const EXAMPLES = new URL('../../examples/', import.meta.url)
const INTEGRATIONS = new URL('../integrations/', import.meta.url)
const numbered = readdirSync(EXAMPLES).filter((name) => /^\d\d-/.test(name))
/** The folder in it that has packages of its own: a page, or a server that it starts. */
const packagesOf = (name: string) => {
  const folders = [`${name}/page/`, `${name}/server/`].map((path) => new URL(path, EXAMPLES))
  return folders.find((folder) => existsSync(new URL('package.json', folder)))
}
const withPackages = numbered.filter((name) => packagesOf(name) !== undefined)

test('there are examples', () => expect(numbered).not.toEqual([]))

test.each(numbered.filter((name) => packagesOf(name) === undefined))(
  '%s prints its output.txt, and ends by itself',
  async (name) => {
    const main = fileURLToPath(new URL(`${name}/main.ts`, EXAMPLES))
    const env = { ...process.env, MODEL: '' } // it would have an example ask a real model
    const args = ['-C', 'heddle-source', main]
    const { stdout } = await promisify(execFile)(process.execPath, args, { env })
    expect(stdout).toBe(readFileSync(new URL(`${name}/output.txt`, EXAMPLES), 'utf8'))
  },
)

test.each(withPackages)('%s is run by a test that has its packages', (name) => {
  const tests = readdirSync(INTEGRATIONS).filter((file) => file.endsWith('.test.ts'))
  const texts = tests.map((file) => readFileSync(new URL(file, INTEGRATIONS), 'utf8'))
  expect(texts.some((text) => text.includes(`examples/${name}`))).toBe(true)
  const folders = PACKAGE_FOLDERS.map(({ href }) => href)
  expect(folders).toContain(packagesOf(name)?.href)
})
