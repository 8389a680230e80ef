/**
 * The rules of the house, each a pure function from sources to violations. `architecture.test.ts`
 * applies them to the project, and shows for each that it can fail.
 */
import { posix } from 'node:path'
import type { Reason } from '../reason.ts'
import { eachImport, eachNode, except, type Rule } from './rule.ts'
import { inFolders } from './source-tree.ts'
import { memberNames, nameOf, nodesOf, type SyntaxNode, syntaxErrorIn, usesOf } from './syntax.ts'

/** Without this rule, a file that does not parse would pass all others. */
export const everyFileParses: Rule = (sources) =>
  [...sources].flatMap(([path, text]) => {
    const failure = syntaxErrorIn(text)
    return failure === undefined ? [] : { path, ...failure }
  })

const DRAWERS = ['utils', 'helpers', 'common', 'types', 'constants', 'manager', 'impl', 'misc']

/** Checks files everywhere, and folders in `src` and `workers`. */
export const noDrawers: Rule = (sources) =>
  [...sources.keys()].flatMap((path) => {
    const inHouse = path.startsWith('src/') || path.startsWith('workers/')
    const names = [...(inHouse ? posix.dirname(path).split('/') : []), posix.basename(path)]
    return names
      .map((name) => name.split('.')[0]?.split('-').at(-1) ?? '')
      .filter((word) => DRAWERS.includes(word))
      .map((word) => ({ path, line: 1, problem: `'${word}' names a drawer; name the concept` }))
  })

export const LINE_CAP = 400

export const filesAreShort: Rule = (sources) =>
  [...sources].flatMap(([path, text]) => {
    const lines = text.replace(/\n$/, '').split('\n').length
    return lines <= LINE_CAP
      ? []
      : { path, line: lines, problem: `has ${lines} lines, over ${LINE_CAP}` }
  })

export const FUNCTION_CAP = 60
const FUNCTIONS = [
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'ClassPrivateMethod',
  'ObjectMethod',
]

export const functionsAreShort: Rule = (sources) =>
  [...inFolders(sources, 'src', 'workers')].flatMap(([path, text]) =>
    nodesOf(text, ...FUNCTIONS).flatMap(({ loc: { start, end } }) => {
      const lines = end.line - start.line + 1
      return lines <= FUNCTION_CAP
        ? []
        : {
            path,
            line: start.line,
            problem: `is a function of ${lines} lines, over ${FUNCTION_CAP}`,
          }
    }),
  )

/**
 * A literal that is spread into a literal serves the formatter alone, and hides its properties.
 */
export const noLiteralSpreads: Rule = (sources) =>
  eachNode(
    inFolders(sources, 'src'),
    (text) =>
      nodesOf(text, 'SpreadElement').filter(
        ({ argument }) => (argument as SyntaxNode).type === 'ObjectExpression',
      ),
    'spreads a literal; write its properties out',
  )

export const threadsStayInThreads: Rule = except(
  { 'src/threads/': 'its lanes are threads', 'src/tools/': 'its pools are of threads' },
  (sources) =>
    eachImport(inFolders(sources, 'src'), ({ path, line, specifier }) =>
      /^(node:)?worker_threads$/.test(specifier)
        ? { path, line, problem: `imports ${specifier} outside src/threads, src/tools and workers` }
        : undefined,
    ),
)

export const atomicsStayInCounters: Rule = except(
  {
    'src/wire/counters.ts': 'it is the one file that knows what lanes share, and in which order',
    'src/tools/paced-progress.ts':
      'it is one number that a thread of tools reads; tools know no lanes',
  },
  (sources) =>
    eachNode(
      inFolders(sources, 'src', 'workers'),
      (text) => usesOf(text, 'Atomics'),
      'uses Atomics; only src/wire/counters.ts and src/tools/paced-progress.ts do',
    ),
)

const TIMERS = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['clearTimeout', 'clearInterval', 'clearImmediate'],
]
const TIME_MEMBERS = [
  'Date.now',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.nextTick',
  'AbortSignal.timeout',
]
const TIME_MODULE = /^(node:)?timers(\/promises)?$/

export const timeComesThroughTheClock: Rule = except(
  { 'src/clock.ts': 'its system clock is made of them' },
  (sources) => {
    const house = inFolders(sources, 'src', 'workers')
    return [
      ...eachNode(house, timeReads, 'reads or waits for time; only src/clock.ts does'),
      ...eachImport(house, ({ path, line, specifier }) =>
        TIME_MODULE.test(specifier)
          ? { path, line, problem: `imports ${specifier}; only src/clock.ts may` }
          : undefined,
      ),
    ]
  },
)

function timeReads(text: string): SyntaxNode[] {
  const members = nodesOf(text, 'MemberExpression', 'OptionalMemberExpression').filter((node) =>
    TIME_MEMBERS.includes(memberNames(node)?.join('.') ?? ''),
  )
  const dates = nodesOf(text, 'NewExpression', 'CallExpression').filter(
    (node) => nameOf(node.callee) === 'Date' && (node.arguments as unknown[]).length === 0,
  )
  return [...usesOf(text, ...TIMERS), ...members, ...dates]
}

const OWN = 'only heddle makes its instances, in the realm that asks'
/**
 * Classes for `instanceof`. Values of users may come from another realm, which has its own classes.
 */
const INSTANCES: Readonly<Record<string, Reason>> = {
  HeddleError: OWN,
  Envelope: OWN,
  Offender: OWN,
  RevisedReply: OWN,
  TurnRequest: OWN,
  ZodType: 'its instanceof recognises the schemas of other copies of zod',
}

export const kindsAreNotClasses: Rule = (sources) =>
  eachNode(
    inFolders(sources, 'src', 'workers'),
    (text) =>
      nodesOf(text, 'BinaryExpression').filter((node) => {
        if (node.operator !== 'instanceof') return false
        const right = node.right as SyntaxNode
        return !Object.hasOwn(INSTANCES, nameOf(right) ?? memberNames(right)?.at(-1) ?? '')
      }),
    'uses instanceof, which fails for a class of another realm; use util.types',
  )

/** The main thread's files that wait for lanes. */
export const WAIT_FOR_LANES = [
  'src/threads/thread-lane.ts',
  'src/router/fleet/fleet.ts',
  'src/runtime/in-process-lane.ts',
  'src/runtime/life.ts',
  'src/router/fleet/roster.ts',
]
const JOINS = ['Promise.all', 'Promise.allSettled', 'Promise.any', 'Promise.race']

/**
 * In these files each await is of `bounded(…)`, whose argument has the type `Bounded`, and only
 * until.ts makes a `Bounded`.
 */
export const waitsForLanesAreBounded: Rule = (sources) => {
  const waiting = new Map([...sources].filter(([path]) => WAIT_FOR_LANES.includes(path)))
  const isBounded = ({ argument }: SyntaxNode) => {
    const call = argument as SyntaxNode
    return call.type === 'CallExpression' && nameOf(call.callee) === 'bounded'
  }
  const problem = 'waits for a lane without a bound; await bounded(…), or join by allOf or allEnded'
  const bare = (text: string) => [
    ...nodesOf(text, 'AwaitExpression').filter((node) => !isBounded(node)),
    ...nodesOf(text, 'ForOfStatement').filter((node) => node.await === true),
    ...nodesOf(text, 'MemberExpression').filter((node) =>
      JOINS.includes(memberNames(node)?.join('.') ?? ''),
    ),
  ]
  return eachNode(waiting, bare, problem)
}

export const boundedIsNotAsserted: Rule = except(
  { 'src/until.ts': 'its functions give a wait the end that the type stands for' },
  (sources) =>
    eachNode(
      inFolders(sources, 'src'),
      (text) =>
        nodesOf(text, 'TSAsExpression').filter(({ typeAnnotation }) => {
          const { typeName } = typeAnnotation as SyntaxNode
          return nameOf(typeName) === 'Bounded'
        }),
      'casts to Bounded; only the functions of until.ts may',
    ),
)

export const noExportStar: Rule = (sources) =>
  eachNode(
    inFolders(sources, 'src', 'workers'),
    (text) => nodesOf(text, 'ExportAllDeclaration', 'ExportNamespaceSpecifier'),
    'exports *; write the names out',
  )

export const noAny: Rule = (sources) =>
  eachNode(
    inFolders(sources, 'src', 'workers'),
    (text) => nodesOf(text, 'TSAnyKeyword'),
    'uses any; use unknown, or write the type',
  )

const NOT_ERASABLE = [
  'TSEnumDeclaration',
  'TSModuleDeclaration',
  'TSParameterProperty',
  'TSImportEqualsDeclaration',
  'TSExportAssignment',
]

export const typesAreErasable: Rule = (sources) =>
  eachNode(
    sources,
    (text) => nodesOf(text, ...NOT_ERASABLE).filter((node) => node.declare !== true),
    'is TypeScript that stripping types does not remove',
  )

export const nobodyImportsAnIndex: Rule = (sources) =>
  eachImport(inFolders(sources, 'src', 'workers'), ({ path, line, target }) =>
    target !== undefined && posix.basename(target) === 'index.ts'
      ? { path, line, problem: `imports ${target}; inside, import the file that has it` }
      : undefined,
  )

export const everyTestRuns: Rule = (sources) =>
  eachNode(
    inFolders(sources, 'test'),
    (text) =>
      nodesOf(text, 'MemberExpression').filter(
        (node) => node.computed === false && ['only', 'skip'].includes(nameOf(node.property) ?? ''),
      ),
    'keeps tests from running',
  )

export const noTestSleeps: Rule = (sources) => {
  const tests = new Map(
    [...inFolders(sources, 'test')].filter(([path]) => path.endsWith('.test.ts')),
  )
  return [
    ...eachNode(
      tests,
      (text) => usesOf(text, 'setTimeout', 'setInterval', 'sleep'),
      'waits for time; wait for an event, or move a clock',
    ),
    ...eachImport(tests, ({ path, line, specifier }) =>
      TIME_MODULE.test(specifier) ? { path, line, problem: `imports ${specifier}` } : undefined,
    ),
  ]
}
