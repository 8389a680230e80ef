import { describe, expect, test } from 'vitest'
import * as chatRules from './architecture/chat-rules.ts'
import * as floorRules from './architecture/floor-rules.ts'
import type { Rule } from './architecture/rule.ts'
import * as rules from './architecture/rules.ts'
import { inFolders, readSources } from './architecture/source-tree.ts'

const project = readSources([
  'src',
  'workers',
  'examples',
  'test',
  'bench',
  'scripts',
  'command-line',
])

function expectKept(rule: Rule): void {
  const found = rule(project).map(({ path, line, problem }) => `${path}:${line} ${problem}`)
  const needless = rule.needless?.(project) ?? []
  found.push(...needless.map((path) => `${path} is exempt, and does not break the rule`))
  expect(found, `\n${found.join('\n')}\n`).toEqual([])
}

/** Where the rule finds a fault, as `path:line`, in the sources of an imagined project. */
function faults(rule: Rule, texts: Readonly<Record<string, string>>): string[] {
  return rule(new Map(Object.entries(texts))).map(({ path, line }) => `${path}:${line}`)
}

describe('the house', () => {
  test('is read: the rules see its files', () => {
    expect([...inFolders(project, 'src').keys()]).toContain('src/errors.ts')
    expect([...inFolders(project, 'workers').keys()]).toContain('workers/lane.ts')
    expect([...inFolders(project, 'test').keys()]).toContain('test/architecture.test.ts')
  })

  test('parses', () => expectKept(rules.everyFileParses))
  test('imports point down its floors', () => expectKept(floorRules.importsPointDown))
  test('imports point down within its floors', () => expectKept(floorRules.roomsPointDown))
  test('no import leads back to its own file', () => expectKept(floorRules.noImportCycles))
  test('no file is a drawer', () => expectKept(rules.noDrawers))
  test(`no file has more than ${rules.LINE_CAP} lines`, () => expectKept(rules.filesAreShort))
  test(`no function has more than ${rules.FUNCTION_CAP} lines`, () =>
    expectKept(rules.functionsAreShort))
  test('no literal is spread', () => expectKept(rules.noLiteralSpreads))
  test('threads are started only in src/threads and workers', () =>
    expectKept(rules.threadsStayInThreads))
  test('shared memory is touched only in counters', () => expectKept(rules.atomicsStayInCounters))
  test('time comes through the clock', () => expectKept(rules.timeComesThroughTheClock))
  test('values are distinguished by their kind', () => expectKept(rules.kindsAreNotClasses))
  test('models are asked in one place', () => expectKept(chatRules.modelsAreAskedInOnePlace))
  test('a call out is not waited for once the signal aborts', () =>
    expectKept(chatRules.callsOutEndWithTheSignal))
  test('the chat layer waits only within callOut', () => expectKept(chatRules.onlyCallOutRaces))
  test('the main thread waits for lanes only with a limit', () => {
    for (const path of rules.WAIT_FOR_LANES) expect([...project.keys()]).toContain(path)
    expectKept(rules.waitsForLanesAreBounded)
  })
  test('a wait is bounded by the functions of until.ts alone', () =>
    expectKept(rules.boundedIsNotAsserted))
  test('exported names are written out', () => expectKept(rules.noExportStar))
  test('no type is any', () => expectKept(rules.noAny))
  test('source runs once its types are stripped', () => expectKept(rules.typesAreErasable))
  test('no file inside imports an index', () => expectKept(rules.nobodyImportsAnIndex))
  test('every test runs', () => expectKept(rules.everyTestRuns))
  test('no test sleeps', () => expectKept(rules.noTestSleeps))
})

describe('a rule can fail', () => {
  test('a file that does not parse', () => {
    expect(faults(rules.everyFileParses, { 'src/a.ts': '\nconst = 1', 'src/b.ts': '' })).toEqual([
      'src/a.ts:2',
    ])
  })

  test('imports that point up, aside or out of the house', () => {
    const { importsPointDown: rule } = floorRules
    const importing = (from: string, to: string) => faults(rule, { [from]: `import '${to}'` })
    const bad = [
      ['src/ids/a.ts', '../messages/b.ts'],
      ['src/messages/a.ts', '../state/b.ts'],
      ['src/lane/a.ts', '../router/b.ts'],
      ['src/router/a.ts', '../lane/b.ts'],
      ['src/runtime/a.ts', '../threads/b.ts'],
      ['src/threads/a.ts', '../agentchat/b.ts'],
      ['src/agentchat/a.ts', '../threads/b.ts'],
      ['src/tools/a.ts', '../wire/b.ts'],
      ['src/agents/a.ts', '../tools/b.ts'],
      ['src/testing/a.ts', '../threads/b.ts'],
      ['src/agentchat/a.ts', '../openai/b.ts'],
      ['src/openai/a.ts', '../agentchat/b.ts'],
      ['src/threads/a.ts', '../../workers/b.ts'],
      ['src/threads/a.ts', '../../test/b.ts'],
      ['src/threads/a.ts', 'heddle'],
      ['src/errors.ts', './ids/b.ts'],
      ['src/clock.ts', './runtime/b.ts'],
      ['workers/a.ts', '../src/runtime/b.ts'],
      ['workers/a.ts', '../src/errors.ts'],
    ] as const
    for (const [from, to] of bad)
      expect(importing(from, to), `${from} → ${to}`).toEqual([`${from}:1`])
    const good = [
      ['src/runtime/a.ts', '../ids/b.ts'],
      ['src/runtime/a.ts', './b.ts'],
      ['src/runtime/a.ts', 'node:v8'],
      ['src/ids/a.ts', '../errors.ts'],
      ['src/testing/a.ts', '../runtime/b.ts'],
      ['src/openai/a.ts', '../models/b.ts'],
      ['src/agentchat/graph/a.ts', '../teams/b.ts'],
      ['src/index.ts', './threads/b.ts'],
      ['workers/a.ts', '../src/threads/b.ts'],
      ['src/lane/a.ts', '../wire/b.ts'],
      ['src/agentchat/tools/a.ts', '../../tools/b.ts'],
    ] as const
    for (const [from, to] of good) expect(importing(from, to), `${from} → ${to}`).toEqual([])
    expect(faults(rule, { 'src/drawer.ts': '', 'src/odd/a.ts': '' })).toEqual([
      'src/drawer.ts:1',
      'src/odd/a.ts:1',
    ])
  })

  test('imports that point up between the rooms of a floor', () => {
    const { roomsPointDown: rule } = floorRules
    const importing = (from: string, to: string) => faults(rule, { [from]: `import '${to}'` })
    const bad = [
      ['src/router/ledger/a.ts', '../reports/b.ts'],
      ['src/router/reports/a.ts', '../routing/b.ts'],
      ['src/router/fleet/a.ts', '../router.ts'],
      ['src/agentchat/messages/a.ts', '../runs/b.ts'],
    ] as const
    for (const [from, to] of bad)
      expect(importing(from, to), `${from} → ${to}`).toEqual([`${from}:1`])
    const good = [
      ['src/router/reports/a.ts', '../ledger/b.ts'],
      ['src/router/reports/a.ts', './b.ts'],
      ['src/router/router.ts', './entrance/b.ts'],
      ['src/agentchat/teams/a.ts', '../flows/b.ts'],
      ['src/lane/a.ts', '../router/ledger/b.ts'],
    ] as const
    for (const [from, to] of good) expect(importing(from, to), `${from} → ${to}`).toEqual([])
    expect(faults(rule, { 'src/router/attic/a.ts': '' })).toEqual(['src/router/attic/a.ts:1'])
  })

  test('types, re-exports and import(…) count as imports', () => {
    const text = [
      "import type { A } from '../threads/a.ts'",
      "export { b } from '../threads/b.ts'",
      "const c = import('../threads/c.ts')",
      "type D = import('../threads/d.ts').D",
    ].join('\n')
    const lines = faults(floorRules.importsPointDown, { 'src/ids/x.ts': text })
    expect(lines).toEqual([1, 2, 3, 4].map((line) => `src/ids/x.ts:${line}`))
  })

  test('import cycles, those of types too', () => {
    const cycle = {
      'src/ids/a.ts': "import './b.ts'",
      'src/ids/b.ts': "\nimport './c.ts'",
      'src/ids/c.ts': "\n\nexport { a } from './a.ts'",
    }
    expect(faults(floorRules.noImportCycles, cycle)).toEqual(['src/ids/c.ts:3'])
    expect(faults(floorRules.noImportCycles, { 'src/a.ts': "import './a.ts'" })).toEqual([
      'src/a.ts:1',
    ])
    const types = { ...cycle, 'src/ids/c.ts': "import type { A } from './a.ts'" }
    expect(faults(floorRules.noImportCycles, types)).toEqual(['src/ids/c.ts:1'])
    const diamond = {
      ...cycle,
      'src/ids/a.ts': "import './b.ts'\nimport './c.ts'",
      'src/ids/c.ts': '',
    }
    expect(faults(floorRules.noImportCycles, diamond)).toEqual([])
  })

  test('drawers, by file and by folder', () => {
    const paths = [
      'src/runtime/utils.ts',
      'test/lane-helpers.ts',
      'src/common/a.ts',
      'test/types.test.ts',
    ]
    for (const path of paths) expect(faults(rules.noDrawers, { [path]: '' })).toEqual([`${path}:1`])
    expect(
      faults(rules.noDrawers, { 'test/types/agent.test-d.ts': '', 'src/ids/typeset.ts': '' }),
    ).toEqual([])
  })

  test('long files', () => {
    const longest = 'x\n'.repeat(rules.LINE_CAP)
    expect(faults(rules.filesAreShort, { 'bench/a.ts': longest })).toEqual([])
    expect(faults(rules.filesAreShort, { 'bench/a.ts': `${longest}x` })).toEqual([
      `bench/a.ts:${rules.LINE_CAP + 1}`,
    ])
  })

  test('long functions', () => {
    const { functionsAreShort: rule, FUNCTION_CAP } = rules
    const body = '\n'.repeat(FUNCTION_CAP - 1)
    for (const head of ['function f() {', 'const f = () => {', 'class A { m() {']) {
      const tail = head.startsWith('class') ? '} }' : '}'
      expect(faults(rule, { 'src/a.ts': `${head}${body}${tail}` }), head).toEqual([])
      expect(faults(rule, { 'src/a.ts': `\n${head}${body}\n${tail}` }), head).toEqual([
        'src/a.ts:2',
      ])
    }
  })

  test('literals that are spread', () => {
    const { noLiteralSpreads: rule } = rules
    const text = 'const a = {\n  ...{ b, c },\n  d,\n  ...{\n    e,\n  },\n}'
    expect(faults(rule, { 'src/a.ts': text })).toEqual(['src/a.ts:2', 'src/a.ts:4'])
    const good = 'const a = { ...b, ...(c && { c }), ...(d ? {} : { d }), ...f({ e }) }'
    expect(faults(rule, { 'src/a.ts': good })).toEqual([])
  })

  test('threads outside the lanes', () => {
    const text = "import type { MessagePort } from 'node:worker_threads'"
    const texts = { 'src/runtime/a.ts': text, 'src/threads/a.ts': text, 'workers/lane.ts': text }
    expect(faults(rules.threadsStayInThreads, texts)).toEqual(['src/runtime/a.ts:1'])
  })

  test('shared memory outside the counters', () => {
    const text = 'export const load = (cells: Int32Array) => Atomics.load(cells, 0)'
    const texts = {
      'src/threads/lane.ts': text,
      'src/wire/counters.ts': text,
      'src/ids/counters.ts': text,
    }
    expect(faults(rules.atomicsStayInCounters, texts)).toEqual([
      'src/threads/lane.ts:1',
      'src/ids/counters.ts:1',
    ])
  })

  test('time that bypasses the clock', () => {
    const bad = [
      'Date.now()',
      'new Date()',
      'performance.now()',
      'setTimeout(run, 1)',
      'const later = setInterval',
      'globalThis.setImmediate(run)',
      'AbortSignal.timeout(1)',
      'queueMicrotask(run)',
      'process.nextTick(run)',
      "import { setTimeout as wait } from 'node:timers/promises'",
    ]
    for (const text of bad) {
      expect(faults(rules.timeComesThroughTheClock, { 'src/runtime/a.ts': text }), text).toEqual([
        'src/runtime/a.ts:1',
      ])
      expect(faults(rules.timeComesThroughTheClock, { 'src/clock.ts': text }), text).toEqual([])
    }
    const good =
      'clock.now(); new Date(0); let t: ReturnType<typeof setTimeout>; fake.setTimeout(1); const x = { setTimeout: 1 }'
    expect(faults(rules.timeComesThroughTheClock, { 'workers/lane.ts': good })).toEqual([])
  })

  test('values that are distinguished by a class of one realm', () => {
    const { kindsAreNotClasses: rule } = rules
    const bad = [
      'value instanceof Date',
      'x = a instanceof Error || b',
      'v instanceof globalThis.Map',
    ]
    for (const text of bad)
      expect(faults(rule, { 'src/ids/a.ts': text }), text).toEqual(['src/ids/a.ts:1'])
    const good = [
      'e instanceof HeddleError',
      's instanceof z.ZodType',
      '// v instanceof Date',
      'a in b',
    ]
    for (const text of good) expect(faults(rule, { 'src/ids/a.ts': text }), text).toEqual([])
  })

  test('waits for lanes without a limit', () => {
    const { waitsForLanesAreBounded: rule } = rules
    const at = 'src/router/fleet/fleet.ts'
    const bad = [
      'await handle.load(agent)',
      'await bounded',
      'for await (const record of records) take(record)',
      'void Promise.race([answer, death])',
      'void Promise.all(waits)',
    ]
    for (const text of bad) expect(faults(rule, { [at]: text }), text).toEqual([`${at}:1`])
    const elsewhere = { 'src/router/requests/limits.ts': 'await handle.load(agent)' }
    expect(faults(rule, elsewhere)).toEqual([])
    expect(faults(rule, { [at]: 'await bounded(handle.load(agent))' })).toEqual([])
  })

  test('waits that are said to be bounded', () => {
    const text = 'const wait = handle.closed as Bounded<void>'
    const texts = { 'src/router/fleet/fleet.ts': text, 'src/until.ts': text }
    expect(faults(rules.boundedIsNotAsserted, texts)).toEqual(['src/router/fleet/fleet.ts:1'])
  })

  test('stars, any, and TypeScript that has to be compiled', () => {
    const at = 'src/ids/a.ts'
    const stars = "export * from './b.ts'\nexport * as c from './c.ts'"
    expect(faults(rules.noExportStar, { [at]: stars })).toEqual([`${at}:1`, `${at}:2`])
    expect(faults(rules.noAny, { [at]: '// any\nlet x: any[]' })).toEqual([`${at}:2`])
    const compiled = [
      'enum E {}',
      'namespace N {}',
      'class C { constructor(readonly x: 1) {} }',
      "import a = require('a')",
    ]
    expect(faults(rules.typesAreErasable, { [at]: compiled.join('\n') })).toEqual(
      [1, 2, 3, 4].map((line) => `${at}:${line}`),
    )
    expect(faults(rules.typesAreErasable, { [at]: 'declare global { var x: 1 }' })).toEqual([])
  })

  test('models asked in another place', () => {
    const at = 'src/agentchat/own.ts'
    const text = 'model.create(x)\nthis.#model.stream?.(x)\nObject.create(null)\nmodel.create'
    expect(faults(chatRules.modelsAreAskedInOnePlace, { [at]: text })).toEqual([
      `${at}:1`,
      `${at}:2`,
    ])
    const here = { 'src/agentchat/agents/model-call.ts': text, 'src/runtime/a.ts': text }
    expect(faults(chatRules.modelsAreAskedInOnePlace, here)).toEqual([])
  })

  test('calls out that a signal does not end', () => {
    const at = 'src/agentchat/own.ts'
    const bad = [
      'await memory.query(x)',
      'await agent.respond(x)',
      'execute.run(x)',
      'flow.next(x)',
      'approve?.(x)',
    ]
    expect(faults(chatRules.callsOutEndWithTheSignal, { [at]: bad.join('\n') })).toEqual(
      bad.map((_, line) => `${at}:${line + 1}`),
    )
    const good = 'await callOut(signal, () => memory.query(x))\nteam.run(x)\nparts.next()'
    expect(faults(chatRules.callsOutEndWithTheSignal, { [at]: good })).toEqual([])
  })

  test('waits in the chat layer that callOut does not know', () => {
    const { onlyCallOutRaces: rule } = chatRules
    const text = "import { untilAborted } from '../../until.ts'"
    expect(faults(rule, { 'src/agentchat/agents/own.ts': text })).toEqual([
      'src/agentchat/agents/own.ts:1',
    ])
    const below = "import { untilAborted } from '../until.ts'"
    expect(faults(rule, { 'src/tools/own.ts': below })).toEqual(['src/tools/own.ts:1'])
    const good = { 'src/agents/call-out.ts': text, 'src/router/gate/gate.ts': text }
    expect(faults(rule, good)).toEqual([])
  })

  test('imports of an index', () => {
    const texts = {
      'src/ids/a.ts': "import { x } from '../index.ts'",
      'workers/a.ts': "import { y } from 'heddle/testing'",
    }
    expect(faults(rules.nobodyImportsAnIndex, texts)).toEqual(['src/ids/a.ts:1', 'workers/a.ts:1'])
  })

  test('tests that do not run, and tests that sleep', () => {
    const at = 'test/a.test.ts'
    expect(
      faults(rules.everyTestRuns, { [at]: "test.only('a', f)\ndescribe.concurrent.skip('b', f)" }),
    ).toEqual([`${at}:1`, `${at}:2`])
    const sleepy =
      "await new Promise((done) => setTimeout(done, 5))\nawait sleep(5)\nimport { setTimeout as s } from 'node:timers/promises'"
    expect(faults(rules.noTestSleeps, { [at]: sleepy })).toEqual(
      [1, 2, 3].map((line) => `${at}:${line}`),
    )
    expect(faults(rules.noTestSleeps, { 'test/fixtures/slow.ts': sleepy })).toEqual([])
  })
})
