/**
 * What the types of heddle cost the compiler, in its own counts: seconds differ between machines,
 * these do not. A type that multiplies makes each editor of each user wait.
 */
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { ROOT, runCompiler, sourcesOfSubpaths, writeDeclarations } from './fixtures/declarations.ts'
import { tempFolder } from './fixtures/temp-folder.ts'

/** One thread: each further one counts again what it shares with the others. */
const COUNTED = ['--extendedDiagnostics', '--singleThreaded']
const LONG_MS = 120_000

interface Cost {
  readonly types: number
  readonly instantiations: number
}

/** About 1.3 times what was counted when they were set. */
const LIMITS = {
  program: { types: 6_800, instantiations: 19_400 },
  source: { types: 123_000, instantiations: 266_000 },
}

/** The counts in what the compiler prints. */
function costIn(printed: string): Cost {
  const count = (what: string) => {
    const found = new RegExp(`^${what}:\\s+(\\d+)$`, 'm').exec(printed)?.[1]
    if (found === undefined) throw new Error(`the compiler prints no '${what}':\n${printed}`)
    return Number(found)
  }
  return { types: count('Types'), instantiations: count('Instantiations') }
}

function problemOf(what: keyof typeof LIMITS, cost: Cost): string | undefined {
  const limits = LIMITS[what]
  const counts = ['types', 'instantiations'] as const
  const far = counts.find((of) => cost[of] < limits[of] / 2)
  if (far !== undefined) {
    const figure = `the ${what} costs the compiler ${cost[far]} ${far}, less than half its limit.`
    return `${figure}\nLower LIMITS in test/type-cost.test.ts to 1.3 times the figure.`
  }
  const over = counts.filter((of) => cost[of] > limits[of])
  if (over.length === 0) return undefined
  const figures = over.map((of) => `${cost[of]} ${of}, and ${limits[of]} is the limit`)
  return [
    `the ${what} costs the compiler ${figures.join('; ')}.`,
    'If a type has become expensive, find it: compare the counts of',
    `\`npx tsc -p tsconfig.build.json --noEmit ${COUNTED.join(' ')}\` before and after the change,`,
    'then look at what `--generateTrace <folder>` writes.',
    'If there is only more code, raise LIMITS in test/type-cost.test.ts to 1.3 times the figure.',
  ].join('\n')
}

let folder: string
let source: Cost
beforeAll(async () => {
  folder = tempFolder('type-cost')
  source = costIn(await writeDeclarations(folder, ...COUNTED))
}, LONG_MS)

test('the source costs the compiler no more than its limit', () => {
  expect(problemOf('source', source)).toBeUndefined()
})

test(
  'a program that uses heddle costs the compiler no more than its limit',
  async () => {
    const paths = [...sourcesOfSubpaths()].map(([specifier, path]) => {
      return [specifier, [`./${path.replace(/\.ts$/, '.d.ts')}`]] as const
    })
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2024'],
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
      noEmit: true,
      skipLibCheck: true,
      paths: Object.fromEntries(paths),
    }
    const files = [join(ROOT, 'test/fixtures/everyday.ts')]
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction')
    const printed = await runCompiler(folder, '-p', 'tsconfig.json', ...COUNTED)
    expect(problemOf('program', costIn(printed))).toBeUndefined()
  },
  LONG_MS,
)

test('what is over a limit is reported, and a limit that is too far to be one', () => {
  const printed = 'Files:             431\nTypes:            5227\nInstantiations:  999999\n'
  const cost = costIn(printed)
  expect(cost).toEqual({ types: 5227, instantiations: 999_999 })
  expect(problemOf('program', cost)).toContain('999999 instantiations, and 19400 is the limit')
  expect(problemOf('program', { ...cost, instantiations: 19_400 })).toBeUndefined()
  expect(problemOf('program', { ...cost, instantiations: 9_699 })).toContain('Lower LIMITS')
  expect(() => costIn('Types: 1\n')).toThrow("'Instantiations'")
})
