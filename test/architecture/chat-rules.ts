/** The rules of the chat layer, each a pure function from sources to violations. */
import { eachImport, eachNode, except, type Rule } from './rule.ts'
import { inFolders } from './source-tree.ts'
import { nameOf, nodesOf, type SyntaxNode } from './syntax.ts'

/** Calls of a model client. `Object.create` is not one. */
export const modelsAreAskedInOnePlace: Rule = except(
  { 'src/agentchat/agents/model-call.ts': 'it counts, races and checks every call of a model' },
  (sources) =>
    eachNode(
      inFolders(sources, 'src/agentchat'),
      (text) =>
        nodesOf(text, 'CallExpression', 'OptionalCallExpression').filter((node) => {
          const [object, property] = calleeOf(node)
          return ['create', 'stream'].includes(property) && object !== 'Object'
        }),
      'asks a model; only model-call.ts does',
    ),
)

/**
 * Calls of code that is not heddle's own and may never settle: a method of any object, a method of
 * a named object, or a function.
 */
const CALLED_OUT = [
  '.query',
  'agent.respond',
  'execute.run',
  'flow.next',
  'stopWhen.look',
  'approve',
  'source.list',
]

/** Code that calls out waits within `callOut`, which ends with the signal. */
export const callsOutEndWithTheSignal: Rule = (sources) =>
  eachNode(
    inFolders(sources, 'src/agentchat', 'src/tools'),
    callsOutUnheard,
    'calls out and does not wait within callOut',
  )

/** The race of a call against its signal is `src/agents/call-out.ts`. */
export const onlyCallOutRaces: Rule = (sources) =>
  eachImport(inFolders(sources, 'src/agentchat', 'src/tools'), ({ path, line, target }) =>
    target === 'src/until.ts'
      ? { path, line, problem: 'imports until.ts; wait within callOut' }
      : undefined,
  )

function callsOutUnheard(text: string): SyntaxNode[] {
  const calls = nodesOf(text, 'CallExpression', 'OptionalCallExpression')
  const within = new Set(
    calls
      .filter((node) => nameOf(node.callee) === 'callOut')
      .flatMap((node) => [...calls.filter((inner) => inner !== node && isIn(inner, node))]),
  )
  return calls.filter((node) => {
    const [object, property] = calleeOf(node)
    const names = [`.${property}`, `${object}.${property}`, nameOf(node.callee) ?? '']
    return !within.has(node) && names.some((name) => CALLED_OUT.includes(name))
  })
}

function isIn(inner: SyntaxNode, outer: SyntaxNode): boolean {
  return Number(inner.start) >= Number(outer.start) && Number(inner.end) <= Number(outer.end)
}

/** `object.property` of a call, each empty where it has no plain name. */
function calleeOf({ callee }: SyntaxNode): readonly [object: string, property: string] {
  const { type, object, property, computed } = callee as SyntaxNode
  if (type !== 'MemberExpression' && type !== 'OptionalMemberExpression') return ['', '']
  return [nameOf(object) ?? '', computed === true ? '' : (nameOf(property) ?? '')]
}
