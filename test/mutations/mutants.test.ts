import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ALL, mutated } from '../../mutations/all.ts'

const read = (file: string) => readFileSync(file, 'utf8')

test.each(ALL.map((mutant) => [`${mutant.line} ${mutant.name}`, mutant] as const))(
  'there is something to break, and somebody to tell: %s',
  (_, mutant) => {
    const changed = [...mutated(mutant, read)].filter(([file, text]) => text !== read(file))
    expect(changed).not.toEqual([])
    expect(mutant.tests.filter((path) => !existsSync(path))).toEqual([])
  },
)

test('no two mutants bear one name', () => {
  const names = ALL.map(({ line, name }) => `${line} ${name}`)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})
