/** The paths of the handler, and what each of them wants. */
import type { Access } from './guard.ts'

export type RouteName =
  | 'publish'
  | 'send'
  | 'tool'
  | 'task'
  | 'task-events'
  | 'cancel-task'
  | 'run'
  | 'run-events'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'state'
  | 'chat'
  | 'chat-stream'
  | 'health'
  | 'stats'
  | 'dead-letters'
  | 'replay'
  | 'discard'

export interface Route {
  readonly name: RouteName
  /** The variable parts of the path, decoded. */
  readonly parts: readonly string[]
  readonly access: Access
}

interface Rule {
  readonly name: RouteName
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** With `*` for each variable part. */
  readonly path: string
  readonly action: Access['action']
}

const RULES: readonly Rule[] = [
  { name: 'publish', method: 'POST', path: 'topics/*/*', action: 'publish' },
  { name: 'send', method: 'POST', path: 'agents/*/*', action: 'send' },
  { name: 'tool', method: 'POST', path: 'tools/*', action: 'tool' },
  { name: 'task', method: 'GET', path: 'tasks/*', action: 'watch' },
  { name: 'task-events', method: 'GET', path: 'tasks/*/events', action: 'watch' },
  { name: 'cancel-task', method: 'DELETE', path: 'tasks/*', action: 'cancel' },
  { name: 'run', method: 'POST', path: 'teams/*/*/runs', action: 'converse' },
  { name: 'run-events', method: 'GET', path: 'teams/*/*/events', action: 'watch' },
  { name: 'pause', method: 'POST', path: 'teams/*/*/pause', action: 'converse' },
  { name: 'resume', method: 'POST', path: 'teams/*/*/resume', action: 'converse' },
  { name: 'stop', method: 'POST', path: 'teams/*/*/stop', action: 'converse' },
  { name: 'state', method: 'GET', path: 'teams/*/*/state', action: 'watch' },
  { name: 'chat', method: 'POST', path: 'chats/*', action: 'converse' },
  { name: 'chat-stream', method: 'GET', path: 'chats/*/*/stream', action: 'watch' },
  { name: 'health', method: 'GET', path: 'health', action: 'health' },
  { name: 'stats', method: 'GET', path: 'stats', action: 'operate' },
  { name: 'dead-letters', method: 'GET', path: 'dead-letters', action: 'operate' },
  { name: 'replay', method: 'POST', path: 'dead-letters/replay', action: 'operate' },
  { name: 'discard', method: 'POST', path: 'dead-letters/discard', action: 'operate' },
]

/** The route of a request; where there is none, the methods that its path has. */
export function routeOf(
  method: string,
  path: string,
): Route | { readonly name: 'none'; readonly methods: readonly string[]; readonly access: Access } {
  const given = path.split('/')
  const matching = RULES.filter((rule) => matches(rule.path.split('/'), given))
  const rule = matching.find((one) => one.method === method)
  if (rule === undefined) {
    const methods = matching.map((one) => one.method)
    return { name: 'none', methods, access: { action: 'other', target: path } }
  }
  const at = rule.path.split('/')
  const parts = given
    .filter((_, index) => at[index] === '*')
    .map((part) => decodeURIComponent(part))
  return { name: rule.name, parts, access: { action: rule.action, target: parts.join('/') } }
}

function matches(rule: readonly string[], given: readonly string[]): boolean {
  return (
    rule.length === given.length &&
    rule.every((part, at) => part === given[at] || (part === '*' && isPart(given[at] as string)))
  )
}

function isPart(part: string): boolean {
  try {
    return decodeURIComponent(part) !== ''
  } catch {
    return false
  }
}
