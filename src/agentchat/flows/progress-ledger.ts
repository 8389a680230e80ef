/**
 * What the model of a Magentic-One team is asked, and how its judgement of the progress is read.
 */
import { isRecord } from '../../describe.ts'
import { jsonIn } from '../../models/json-answer.ts'
import type { Speaker } from './flow.ts'

/** An answer, and why. */
export interface Judgement<T> {
  readonly reason: string
  readonly answer: T
}

/** The state of the work, and what comes next. */
export type ProgressLedger =
  | { readonly kind: 'satisfied'; readonly reason: string }
  | {
      readonly kind: 'open'
      readonly isInLoop: Judgement<boolean>
      readonly isProgressBeingMade: Judgement<boolean>
      readonly nextSpeaker: Judgement<string>
      readonly instruction: Judgement<string>
    }

/** The parts of which the ledgers are made. */
export interface Plans {
  readonly task: string
  readonly facts: string
  readonly plan: string
}

const FIELDS = {
  is_request_satisfied: 'Is the task done completely, with a result that answers it?',
  is_in_loop: 'Are the same steps or requests repeated, with no new result?',
  is_progress_being_made:
    'Has the latest work brought the task forward? True as well while nobody has worked on the plan yet.',
  next_speaker: 'Who works next?',
  instruction_or_question:
    'What is that member told or asked? Say all that is needed for it, as you would say it to them.',
} as const

export const factsPrompt = (
  task: string,
) => `You lead a team that is to solve the task below. Before anybody begins, write down what is known. Use four lists:

1. Given: facts, figures and names that the task itself states.
2. To look up: what has to be found out, and where it may be found.
3. To work out: what follows from other facts by reasoning, by calculation or by trying.
4. Assumed: what you remember or guess, each marked as unsure.

Write these lists alone. Do not plan yet, and do not solve the task.

The task:
${task}`

export const planPrompt = (
  speakers: readonly Speaker[],
) => `Now make a plan. These are the members of your team:

${teamOf(speakers)}

Write a short list of steps that leads to the result, and say for each who does it. Ask only what a member can do, by its description; not all of them have to take part.`

export const newFactsPrompt = ({
  task,
  facts,
}: Plans) => `The work does not come forward as it was planned. As a reminder, the task:

${task}

And the lists of facts that it began with:

${facts}

Write these lists anew, whole, with what has been learned since: move what was confirmed, strike what was wrong, and add at least one assumption that the team can work with from here.`

export const newPlanPrompt = (
  speakers: readonly Speaker[],
) => `Say in a few sentences why the plan has not worked. Then write a new one that avoids this: a short list of steps, with who does each. It must not repeat what has failed. These are the members of your team:

${teamOf(speakers)}`

/** What the team is given when it begins, and after each new plan. */
export const fullLedger = (
  { task, facts, plan }: Plans,
  speakers: readonly Speaker[],
) => `We are to solve this task:

${task}

Who works on it:

${teamOf(speakers)}

What we know:

${facts}

How we go on:

${plan}`

export const progressPrompt = (
  task: string,
  speakers: readonly Speaker[],
) => `Judge where the work stands. As a reminder, the task:

${task}

And the members of the team:

${teamOf(speakers)}

Answer these questions, each with your reason:
${Object.entries(FIELDS)
  .map(([name, question]) => `- ${name}: ${question}`)
  .join('\n')}

For next_speaker choose one of these: ${namesOf(speakers).join(', ')}.
Answer with JSON alone, of this form:
{
${Object.keys(FIELDS)
  .map(
    (name) => `  "${name}": { "reason": "…", "answer": ${isFlag(name) ? 'true or false' : '"…"'} }`,
  )
  .join(',\n')}
}`

export const finalPrompt = (
  task: string,
  state: 'satisfied' | 'cut',
) => `${state === 'satisfied' ? 'The task is done.' : 'The team has no more turns, and ends here.'} As a reminder, the task:

${task}

Write the answer for whoever gave the task, from what was found${state === 'satisfied' ? '' : '; say what is still open'}. Do not tell how the team has worked.`

export const correction = (problem: string) =>
  `That can't be used: ${problem}. Answer again, whole, with JSON alone.`

/** The schema of a ledger; the next speaker is one of the names. */
export function ledgerSchema(names: readonly string[]): Readonly<Record<string, unknown>> {
  const judgement = (name: string, answer: object) => ({
    type: 'object',
    description: FIELDS[name as keyof typeof FIELDS],
    properties: { reason: { type: 'string' }, answer },
    required: ['reason', 'answer'],
    additionalProperties: false,
  })
  const answerOf = (name: string) => {
    if (isFlag(name)) return { type: 'boolean' }
    return name === 'next_speaker' ? { type: 'string', enum: [...names] } : { type: 'string' }
  }
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.keys(FIELDS).map((name) => [name, judgement(name, answerOf(name))]),
    ),
    required: Object.keys(FIELDS),
    additionalProperties: false,
  }
}

/**
 * Reads an answer. Once the task is done, nobody has to be named. Problems are in words for the
 * model.
 */
export function readLedger(
  answer: string,
  names: readonly string[],
):
  | { readonly kind: 'read'; readonly ledger: ProgressLedger }
  | { readonly kind: 'unusable'; readonly problem: string } {
  const value = jsonIn(answer)
  if (!isRecord(value)) return { kind: 'unusable', problem: 'it is no JSON object' }
  const problems: string[] = []
  const judged = <T>(name: keyof typeof FIELDS, type: 'boolean' | 'string'): Judgement<T> => {
    const entry = value[name]
    if (!isRecord(entry)) problems.push(`${name} is missing`)
    else {
      if (typeof entry.answer !== type) problems.push(`${name}.answer is no ${type}`)
      if (typeof entry.reason !== 'string') problems.push(`${name}.reason is no string`)
    }
    return entry as unknown as Judgement<T>
  }
  const { reason, answer: isSatisfied } = judged<boolean>('is_request_satisfied', 'boolean') ?? {}
  if (problems.length === 0 && isSatisfied === true) {
    return { kind: 'read', ledger: { kind: 'satisfied', reason } }
  }
  const isInLoop = judged<boolean>('is_in_loop', 'boolean')
  const isProgressBeingMade = judged<boolean>('is_progress_being_made', 'boolean')
  const nextSpeaker = judged<string>('next_speaker', 'string')
  const instruction = judged<string>('instruction_or_question', 'string')
  const named = nextSpeaker?.answer
  if (typeof named === 'string' && !names.includes(named)) {
    problems.push(`next_speaker is '${named}', and must be one of these: ${names.join(', ')}`)
  }
  if (problems.length > 0) return { kind: 'unusable', problem: problems.join('; ') }
  const next = { isInLoop, isProgressBeingMade, nextSpeaker, instruction }
  return { kind: 'read', ledger: { kind: 'open', ...next } }
}

export function namesOf(speakers: readonly Speaker[]): string[] {
  return speakers.map(({ name }) => name)
}

function teamOf(speakers: readonly Speaker[]): string {
  const lines = speakers.map(({ name, description }) => {
    const what = description.replaceAll(/\s+/g, ' ').trim()
    return what === '' ? `- ${name}` : `- ${name}: ${what}`
  })
  return lines.join('\n')
}

function isFlag(name: string): boolean {
  return name.startsWith('is_')
}
