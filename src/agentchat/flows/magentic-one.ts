/**
 * A model leads the team: it gathers facts, plans, judges the progress after each turn, and plans
 * again when there is no progress.
 *
 * Owns: nothing; the state of the work is data in the context's state.
 * Invariants: state changes only once the model has answered, one phase at a time, so that a flow
 * that is asked again after a failure goes on in the phase that failed; each judgement counts as a
 * turn, so that a model that never sees progress ends too.
 */
import { HeddleError } from '../../errors.ts'
import type { Plain } from '../../messages/plain.ts'
import type { ModelClient, ModelMessage } from '../../models/model.ts'
import { COUNT, ELSEWHERE, type RulesOf } from '../../option-rules.ts'
import { checkClient } from '../agents/model-client.ts'
import { type ChatMessage, textOf, toModelMessage } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import { overBudget } from '../runs/budget.ts'
import type { Flow, FlowContext, Next, Speaker } from './flow.ts'
import * as asked from './progress-ledger.ts'

/** The options of `magenticOne`. */
export interface MagenticOneOptions {
  /**
   * The model that leads. It answers by a schema if it can; otherwise its judgement is read from
   * its text.
   */
  readonly model: ModelClient
  /**
   * How often the model may judge that the work goes on, whether somebody speaks next or the model
   * plans again. Default 20.
   */
  readonly maxTurns?: number
  /**
   * After how many turns without progress the model plans again. A turn with progress takes one off
   * the count. Default 3.
   */
  readonly maxStalls?: number
  /** How many attempts the model has to give one usable judgement. Default 5. */
  readonly ledgerAttempts?: number
}

const RULES: RulesOf<MagenticOneOptions> = {
  model: ELSEWHERE,
  maxTurns: COUNT,
  maxStalls: COUNT,
  ledgerAttempts: COUNT,
}

type Settings = Required<MagenticOneOptions>

/**
 * The state of the work. `from`: the index in the thread since which the team knows the plan.
 * `seen`: how many messages of the thread were searched for tasks.
 */
type Course = {
  phase: 'idle' | 'facts' | 'plan' | 'new-facts' | 'new-plan' | 'untold' | 'told'
  task: string
  facts: string
  plan: string
  from: number
  seen: number
  turns: number
  stalls: number
}

const IDLE: Course = {
  phase: 'idle',
  task: '',
  facts: '',
  plan: '',
  from: 0,
  seen: 0,
  turns: 0,
  stalls: 0,
}

/**
 * Each run with a task plans from the start, and all agents forget what they heard before. A run
 * without one goes on where the last was cut; if `maxTurns` had ended that, they are counted from 0
 * again. It ends with `completed` and the model's reason once the model finds the task done, and
 * with the budget `turns` at `maxTurns`; in both cases the model gives an answer first.
 *
 * Throws HEDDLE_INVALID_TEAM for limits that are not positive whole numbers, and, when a team is
 * defined, for teams as members. A run fails with HEDDLE_MODEL_ANSWER when no judgement can be used
 * after `ledgerAttempts`, with HEDDLE_INVALID_TASK when there never was a task, and as the model
 * fails.
 */
export function magenticOne(options: MagenticOneOptions): Flow {
  checkOptions<MagenticOneOptions>('team', options, RULES, 'its magenticOne')
  const { model, maxTurns = 20, maxStalls = 3, ledgerAttempts = 5 } = options
  checkClient(model, (problem) => refuseChat('team', `of its magenticOne, ${problem}`))
  const settings = { model, maxTurns, maxStalls, ledgerAttempts }
  return Object.freeze({
    kind: 'magentic-one',
    initial: Object.freeze({ ...IDLE }),
    check,
    next: (context: FlowContext) => next(settings, context),
  })
}

function check(speakers: readonly Speaker[]): void {
  if (speakers.length === 0) throw refuseChat('team', 'a magenticOne needs at least one member')
  const team = speakers.find(({ kind }) => kind === 'team')
  if (team !== undefined) {
    const problem = `'${team.name}' is a team, and a magenticOne is made of chat agents`
    throw refuseChat('team', problem)
  }
}

async function next(settings: Settings, context: FlowContext): Promise<Next> {
  const course = context.state as Record<string, Plain> & Course
  const { thread, speakers } = context
  const ask = (messages: readonly ModelMessage[], prompt: string) =>
    contentOf(settings.model, context, [...messages, told(prompt)])
  const given = newTask(context, course)
  if (given !== undefined) Object.assign(course, { ...IDLE, phase: 'facts', task: given })
  course.seen = thread.length
  for (;;) {
    switch (course.phase) {
      case 'idle':
        throw refuseChat('task', 'there is none yet')
      case 'facts':
        course.facts = await ask([], asked.factsPrompt(course.task))
        course.phase = 'plan'
        break
      case 'plan': {
        const facts = [told(asked.factsPrompt(course.task)), own(context, course.facts)]
        course.plan = await ask(facts, asked.planPrompt(speakers))
        Object.assign(course, { phase: 'untold', from: thread.length, stalls: 0 })
        break
      }
      case 'new-facts':
        course.facts = await ask(heard(settings, context, course), asked.newFactsPrompt(course))
        course.phase = 'new-plan'
        break
      case 'new-plan':
        course.plan = await ask(heard(settings, context, course), asked.newPlanPrompt(speakers))
        Object.assign(course, { phase: 'untold', from: thread.length, stalls: 0 })
        break
      case 'untold':
      case 'told': {
        const decided = await step(settings, context, course, ask)
        if (decided !== undefined) return decided
      }
    }
  }
}

/** Judges, and decides who speaks or that the run ends. Undefined: a new plan is needed. */
async function step(
  settings: Settings,
  context: FlowContext,
  course: Course,
  ask: (messages: readonly ModelMessage[], prompt: string) => Promise<string>,
): Promise<Next | undefined> {
  const { maxTurns, maxStalls } = settings
  const history = heard(settings, context, course)
  const ledger = await judge(settings, context, course, history)
  const end = async (state: 'satisfied' | 'cut') => {
    const answer = await ask(history, asked.finalPrompt(course.task, state))
    const says = [...plansOf(context, course), context.message(answer)]
    course.turns = 0
    return says
  }
  if (ledger.kind === 'satisfied') {
    const reason = { kind: 'completed' as const, text: ledger.reason }
    return { kind: 'stop', says: await end('satisfied'), reason }
  }
  if (course.turns >= maxTurns) {
    const reason = overBudget('turns', maxTurns, course.turns)
    return { kind: 'stop', says: await end('cut'), reason }
  }
  course.turns++
  const isStuck = ledger.isInLoop.answer || !ledger.isProgressBeingMade.answer
  course.stalls = isStuck ? course.stalls + 1 : Math.max(0, course.stalls - 1)
  if (course.stalls >= maxStalls) {
    course.phase = 'new-facts'
    return undefined
  }
  const afresh = course.phase === 'untold'
  const says = [...plansOf(context, course), context.message(ledger.instruction.answer)]
  return { kind: 'speak', names: [ledger.nextSpeaker.answer], says, ...(afresh && { afresh }) }
}

async function judge(
  { model, ledgerAttempts }: Settings,
  context: FlowContext,
  { task }: Course,
  history: readonly ModelMessage[],
): Promise<asked.ProgressLedger> {
  const { speakers, team } = context
  const names = asked.namesOf(speakers)
  const output = model.capabilities.structuredOutput ? asked.ledgerSchema(names) : undefined
  const messages = [...history, told(asked.progressPrompt(task, speakers))]
  let problem = ''
  for (let attempt = 1; attempt <= ledgerAttempts; attempt++) {
    const content = await contentOf(model, context, messages, output)
    const reading = asked.readLedger(content, names)
    if (reading.kind === 'read') return reading.ledger
    problem = reading.problem
    messages.push(own(context, content), told(asked.correction(problem)))
  }
  const often = ledgerAttempts === 1 ? 'once' : `${ledgerAttempts} times`
  throw new HeddleError('HEDDLE_MODEL_ANSWER', {
    agent: team,
    problem: `it was asked ${often} for the progress, and last: ${problem}`,
  })
}

async function contentOf(
  model: ModelClient,
  { callModel }: FlowContext,
  messages: readonly ModelMessage[],
  output?: Readonly<Record<string, unknown>>,
): Promise<string> {
  const request = { messages: [...messages], ...(output !== undefined && { output }) }
  return (await callModel(model, request)).content
}

/** The full ledger, if it has not been said yet. From then on the team knows it. */
function plansOf(context: FlowContext, course: Course): ChatMessage[] {
  if (course.phase !== 'untold') return []
  Object.assign(course, { phase: 'told', from: context.thread.length + 1 })
  return [context.message(asked.fullLedger(course, context.speakers))]
}

/**
 * The thread may hold a task that the flow has not seen: its run was cut before the flow was asked.
 */
function newTask({ why, thread, speakers, team }: FlowContext, { seen }: Course) {
  const isOwn = new Set([team, ...asked.namesOf(speakers)])
  const spoken = new Set(why.kind === 'spoke' ? why.messages.map(({ id }) => id) : [])
  const messages =
    why.kind === 'task'
      ? why.messages
      : thread.read(seen).filter(({ source, id }) => !isOwn.has(source) && !spoken.has(id))
  return messages.length === 0 ? undefined : messages.map(textOf).join('\n\n')
}

/** The plan, and all that was said since the team was given it. */
function heard({ model }: Settings, context: FlowContext, course: Course): ModelMessage[] {
  const said = context.thread.read(course.from).map((message): ModelMessage => {
    if (message.source === context.team) return own(context, textOf(message))
    if (model.capabilities.vision) return toModelMessage(message)
    return { role: 'user', content: textOf(message), source: message.source }
  })
  return [own(context, asked.fullLedger(course, context.speakers)), ...said]
}

function told(content: string): ModelMessage {
  return { role: 'user', source: 'user', content }
}

/** Some providers refuse an answer without text. */
function own({ team }: FlowContext, content: string): ModelMessage {
  return { role: 'assistant', source: team, content: content || '(nothing)' }
}
