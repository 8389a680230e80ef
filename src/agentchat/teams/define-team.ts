/** `defineTeam`: from options to a team and its conversations. */
import type { AgentRegistration } from '../../agents/agent-definition.ts'
import { INLINE_MODULE } from '../../agents/agent-module.ts'
import { systemClock } from '../../clock.ts'
import { describe } from '../../errors.ts'
import { isAgentType } from '../../ids/agent-id.ts'
import { invalidOption } from '../../option-check.ts'
import {
  CLOCK,
  ELSEWHERE,
  FUNCTION,
  NAME as KIND,
  MILLISECONDS,
  needed,
  oneOf,
  RECORD,
  type RulesOf,
  recordOf,
  ruleThat,
  TEXT,
} from '../../option-rules.ts'
import type { Runtime } from '../../runtime/local-runtime.ts'
import { SingleThreadedRuntime } from '../../runtime/single-threaded-runtime.ts'
import { outputOf } from '../agents/agent-outputs.ts'
import { askedBy } from '../agents/asking.ts'
import { type ChatAgent, isChatAgent } from '../agents/chat-agent.ts'
import { isCondition } from '../conditions/condition.ts'
import { Conversation } from '../conversations/conversation.ts'
import { agentsOf } from '../conversations/member-agents.ts'
import type { TeamMember } from '../conversations/members.ts'
import type { Flow, Speaker } from '../flows/flow.ts'
import { checkFilter } from '../machine/message-filter.ts'
import type { TeamPlan } from '../machine/team-plan.ts'
import { checkOptions, checkOwnName } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { StructuredType } from '../messages/structured.ts'
import { type Budget, checkBudget } from '../runs/budget.ts'
import { IF_BUSY } from '../runs/task.ts'
import type { Participant, Team, TeamOptions } from './team.ts'
import { isTeam, keepParts, membersOf, partsOf, type TeamOutputs } from './team-parts.ts'
import { TeamRunner } from './team-runner.ts'

const FLOW = recordOf<Flow>(
  {
    kind: needed(KIND),
    initial: needed(RECORD),
    shape: ELSEWHERE,
    check: FUNCTION,
    next: needed(FUNCTION),
  },
  'roundRobin() or the like',
  'allowed',
)

const RULES: RulesOf<TeamOptions> = {
  name: ELSEWHERE,
  description: TEXT,
  participants: ELSEWHERE,
  flow: needed(FLOW),
  stopWhen: ruleThat('maxMessages(…) or the like', isCondition),
  budget: ELSEWHERE,
  limit: KIND,
  turnTimeoutMs: MILLISECONDS,
  ifBusy: oneOf(...IF_BUSY),
  clock: CLOCK,
}

/** What a team answers with: the last message that was said in it. */
const LAST_MESSAGE = [
  'text',
  'structured',
  'handoff',
  'tool-summary',
  'multimodal',
  'stop',
] as const

const PART: RulesOf<Participant> = { agent: ELSEWHERE, filter: ELSEWHERE }

/**
 * Defines a team. With the `import.meta.url` of a module that exports the result, the team runs on
 * any runtime; without it, on runtimes within one thread. Throws HEDDLE_INVALID_TEAM.
 */
export function defineTeam(options: TeamOptions): Team

export function defineTeam(module: string, options: TeamOptions): Team

export function defineTeam(first: string | TeamOptions, second?: TeamOptions): Team {
  const module = typeof first === 'string' ? first : INLINE_MODULE
  const options = typeof first === 'string' ? (second as TeamOptions) : first
  checkOptions<TeamOptions>('team', options, RULES)
  const { name, description = '', clock = systemClock } = options
  const refuse: Refuse = (problem) => refuseChat('team', problem, String(name))
  const parts = partsIn(options, refuse)
  const depth = depthOf(parts, options.budget, refuse)
  const outputs = outputsOf(
    parts.map(({ agent }) => agent),
    refuse,
  )
  const plan = planOf(options, parts)
  const participants = parts.map(({ agent }) => agent)
  const { limit, turnTimeoutMs } = options
  const limits = { limit, turnTimeoutMs }
  const inner = { plan, clock, participants, outputs, depth, isOneAgent: false, limits }
  const member = membersOf(name, inner)
  const conversation = conversationsOf(member)
  const runner = new TeamRunner(name, conversation)
  const agents = [...agentsOf(module, member), runner.agent]
  assertDistinct(agents, refuse)
  const team = faceOf({ name, description, agents, depth, conversation }, member, runner)
  keepParts(team, inner)
  return team
}

/** Names may have dots: `a.b` and the `b` of `a` would be one. */
function assertDistinct(agents: readonly AgentRegistration[], refuse: Refuse): void {
  const types = agents.map(({ type }) => type)
  const twice = types.find((type, at) => types.indexOf(type) < at)
  if (twice !== undefined) throw refuse(`two of its agents would be of the type '${twice}'`)
}

type Refuse = (problem: string) => Error

type Part = ReturnType<typeof partOf>

/** Who takes part, and what each hears. */
function partsIn({ name, participants, budget = {} }: TeamOptions, refuse: Refuse): Part[] {
  if (!isAgentType(name)) throw refuse('its name must be letters, digits and _ - .')
  checkOwnName('team', name)
  if (!Array.isArray(participants) || participants.length === 0) throw refuse('nobody takes part')
  checkBudget(budget, name)
  const parts = participants.map((one) => partOf(one, refuse))
  const twice = parts.find(
    (one, at) => parts.findIndex((other) => other.agent.name === one.agent.name) < at,
  )
  if (twice !== undefined)
    throw refuse(`two of those who take part are called '${twice.agent.name}'`)
  for (const { agent, filter } of parts) if (filter !== undefined) checkFilter(filter, agent.name)
  return parts
}

/** How deep teams are nested in it, counting itself. */
function depthOf(parts: readonly Part[], budget: Budget | undefined, refuse: Refuse): number {
  const depth = 1 + Math.max(...parts.map(({ agent }) => teamsBelow(agent)))
  if (budget?.depth !== undefined && depth > budget.depth) {
    throw refuse(`teams stand ${depth} deep in it, and its budget allows ${budget.depth}`)
  }
  return depth
}

/** How deep teams are nested in a participant, also behind tools and in societies of mind. */
function teamsBelow(one: ChatAgent | Team): number {
  if (one.kind === 'team') return one.depth
  return Math.max(0, ...[...askedBy(one).values()].map(({ team }) => partsOf(team).depth))
}

function planOf(
  { name, flow, stopWhen, budget = {}, ifBusy = 'refuse' }: TeamOptions,
  parts: readonly Part[],
): TeamPlan {
  const speakers = parts.map(({ agent }): Speaker => {
    const produces = agent.kind === 'team' ? LAST_MESSAGE : agent.produces
    return { name: agent.name, description: agent.description, produces, kind: agent.kind }
  })
  flow.check?.(speakers, { isBounded: stopWhen !== undefined || budget.turns !== undefined })
  const filters = new Map(
    parts.flatMap(({ agent, filter }) =>
      filter === undefined ? [] : [[agent.name, filter] as const],
    ),
  )
  return { name, speakers, filters, flow, stopWhen, budget, ifBusy }
}

/** The team as its user sees it, with its own conversation in this thread. */
function faceOf(
  own: Pick<Team, 'name' | 'description' | 'agents' | 'depth' | 'conversation'>,
  member: TeamMember,
  runner: TeamRunner,
): Team {
  const { agents } = own
  let embedded: Promise<Runtime> | undefined
  const here = () => {
    embedded ??= SingleThreadedRuntime.start({ agents })
    return embedded
  }
  const conversation = new Conversation(member, here, 'default')
  return Object.freeze({
    kind: 'team' as const,
    ...own,
    ask: (turn, key, options = {}) => runner.ask(turn, checkKey(key), options),
    begin: (turn, key, options) => runner.begin(turn, checkKey(key), options),
    run: (run) => conversation.run(run),
    runStream: (run) => conversation.runStream(run),
    reset: () => conversation.reset(),
    pause: () => conversation.pause(),
    resume: () => conversation.resume(),
    stop: () => conversation.stop(),
    saveState: () => conversation.saveState(),
    loadState: (saved) => conversation.loadState(saved),
  } satisfies Team)
}

/** One conversation for each key on each runtime, as long as it is referenced. */
function conversationsOf(member: TeamMember): Team['conversation'] {
  const conversations = new WeakMap<Runtime, Map<string, WeakRef<Conversation>>>()
  return (runtime, key) => {
    checkKey(key)
    if (!isRuntime(runtime)) {
      throw invalidOption('runtime', runtime, 'a runtime that was started with its agents')
    }
    const known = conversations.get(runtime) ?? new Map<string, WeakRef<Conversation>>()
    conversations.set(runtime, known)
    const before = known.get(key)?.deref()
    if (before !== undefined) return before
    const made = new Conversation(member, async () => runtime, key)
    known.set(key, new WeakRef(made))
    return made
  }
}

function checkKey(key: unknown): string {
  if (typeof key === 'string' && key !== '') return key
  throw invalidOption('key', key, 'the name of a conversation: a string that is not empty')
}

function partOf(one: TeamOptions['participants'][number], refuse: Refuse) {
  const part =
    'agent' in Object(one)
      ? (one as Participant)
      : { agent: one as ChatAgent | Team, filter: undefined }
  if (!isChatAgent(part.agent) && !isTeam(part.agent)) {
    throw refuse(`${describe(one)} is neither a chat agent nor a team`)
  }
  if (part === one) checkOptions<Participant>('team', one, PART, `'${part.agent.name}' in it`)
  return part
}

/**
 * The structured messages that are said in the team, by name. Two of the same name could not be
 * distinguished.
 */
function outputsOf(agents: readonly (ChatAgent | Team)[], refuse: Refuse): TeamOutputs {
  const outputs = new Map<string, StructuredType<unknown, unknown>>()
  for (const agent of agents) {
    const own = isTeam(agent) ? partsOf(agent).outputs.values() : [outputOf(agent)]
    for (const output of own) {
      if (output === undefined) continue
      const other = outputs.get(output.format)
      if (other !== undefined && other !== output) {
        const mend = 'define it once and give it to both, or give each a name of its own'
        throw refuse(`two structured messages in it are called '${output.format}'; ${mend}`)
      }
      outputs.set(output.format, output)
    }
  }
  return outputs
}

function isRuntime(value: unknown): value is Runtime {
  const methods = ['run', 'send', 'agents']
  return methods.every((name) => typeof Object(value)[name] === 'function')
}
