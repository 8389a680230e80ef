/** A model, or a function, chooses who speaks next. */
import { describe } from '../../errors.ts'
import type { ModelClient, ModelMessage } from '../../models/model.ts'
import {
  COUNT,
  ELSEWHERE,
  FUNCTION,
  listOf,
  NAME,
  oneOf,
  type RulesOf,
  TEXT,
} from '../../option-rules.ts'
import { CONTEXT } from '../agents/context-view.ts'
import { checkClient } from '../agents/model-client.ts'
import { type ModelContext, shownOf, tokenLimited } from '../agents/model-context.ts'
import { type ChatMessage, textOf } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import type { Flow, FlowContext, Speaker } from './flow.ts'
import { lastSpeaker, NOBODY_YET } from './last-speaker.ts'

/** The options of `selector`. */
export interface SelectorOptions {
  readonly model: ModelClient
  /**
   * Chooses the next speaker, which may be the last one; undefined: the model chooses. It is given
   * all that was said.
   */
  readonly choose?: (
    messages: readonly ChatMessage[],
  ) => string | undefined | Promise<string | undefined>
  /**
   * Gives the speakers that the model may choose among; `repeats` is then ignored. It is given all
   * that was said.
   */
  readonly candidates?: (
    messages: readonly ChatMessage[],
  ) => readonly string[] | Promise<readonly string[]>
  /** Whether the model may choose the speaker that has just spoken. Default: `avoided`. */
  readonly repeats?: 'allowed' | 'avoided'
  /** How many attempts the model has for one choice. Default 3. */
  readonly attempts?: number
  /**
   * How much of what was said the model is shown. Default `tokenLimited()`: as much as it can be
   * shown.
   */
  readonly context?: ModelContext
  /**
   * The prompt. In it `{roles}` is a line for each participant, `{names}` the candidates,
   * `{history}` what was said.
   */
  readonly prompt?: string
}

const RULES: RulesOf<SelectorOptions> = {
  model: ELSEWHERE,
  choose: FUNCTION,
  candidates: FUNCTION,
  repeats: oneOf('allowed', 'avoided'),
  attempts: COUNT,
  context: CONTEXT,
  prompt: TEXT,
}
const CANDIDATES = listOf(NAME)

const PROMPT = `A group works on a task in one conversation, and you decide whose turn it is. You don't take part yourself.

Who takes part, and what for:
{roles}

The conversation so far:
{history}

Whose turn is it now? Choose one of these: {names}. Answer with that name alone.`

/**
 * Asks `model` who speaks next. Its answer must be one of the candidates: for an answer that names
 * none or several, the model is asked again with the reason, and a `speakers` event shows the
 * names. After the last attempt the last speaker goes on if it is a candidate; otherwise the first
 * candidate speaks. A single candidate is chosen without the model.
 *
 * Throws HEDDLE_INVALID_TEAM for an option that is wrong, and for fewer than two participants. A
 * run fails with it when `choose` or `candidates` name nobody, or somebody who does not take part.
 */
export function selector(options: SelectorOptions): Flow {
  checkOptions<SelectorOptions>('team', options, RULES, 'its selector')
  const { attempts = 3, model } = options
  checkClient(model, (problem) => refuseChat('team', `of its selector, ${problem}`))
  return Object.freeze({
    kind: 'selector',
    initial: NOBODY_YET,
    check: (speakers: readonly Speaker[]) => {
      if (speakers.length < 2)
        throw refuseChat('team', 'a selector needs at least two to choose among')
    },
    next: async (context: FlowContext) => {
      return { kind: 'speak' as const, names: [await chosen(options, attempts, context)] }
    },
  })
}

async function chosen(
  options: SelectorOptions,
  attempts: number,
  context: FlowContext,
): Promise<string> {
  const previous = lastSpeaker(context)
  const messages = context.thread.read()
  const own = await options.choose?.(messages)
  if (own !== undefined) return known('choose', own, context.speakers)
  const candidates = await candidatesOf(options, messages, previous, context.speakers)
  if (candidates.length === 1) return candidates[0] as string
  const asked: ModelMessage[] = [question(options, messages, candidates, context)]
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { model } = options
    const { content } = await context.callModel(model, {
      messages: asked,
      ...(model.capabilities.structuredOutput && { output: schemaOf(candidates) }),
    })
    const named = namedIn(content, candidates, context.speakers)
    if (named.length === 1) return named[0] as string
    context.emit({ kind: 'speakers', source: context.team, names: named })
    asked.push(
      // Some providers refuse an answer without text.
      { role: 'assistant', source: 'selector', content: content || '(nothing)' },
      { role: 'user', source: 'user', content: correction(named, candidates) },
    )
  }
  return previous !== null && candidates.includes(previous) ? previous : (candidates[0] as string)
}

async function candidatesOf(
  { candidates, repeats = 'avoided' }: SelectorOptions,
  messages: readonly ChatMessage[],
  previous: string | null,
  speakers: readonly Speaker[],
): Promise<readonly string[]> {
  if (candidates !== undefined) {
    const listed: unknown = await candidates(messages)
    const wrong = CANDIDATES.find(listed, '')
    if (wrong !== undefined) {
      const problem = `its selector's candidates gave ${describe(listed)}, and must give a list of names`
      throw refuseChat(
        'team',
        wrong.at === '' ? problem : `${problem}: one is ${describe(wrong.value)}`,
      )
    }
    const given = [...new Set(listed as readonly string[])]
    if (given.length === 0) throw refuseChat('team', `its selector's candidates gave nobody`)
    return given.map((name) => known('candidates', name, speakers))
  }
  const names = speakers.map(({ name }) => name)
  return repeats === 'allowed' ? names : names.filter((name) => name !== previous)
}

function known(by: 'choose' | 'candidates', name: unknown, speakers: readonly Speaker[]): string {
  const speaker = speakers.find((one) => one.name === name)
  if (speaker !== undefined) return speaker.name
  const names = speakers.map((one) => one.name).join(', ')
  throw refuseChat(
    'team',
    `its selector's ${by} named ${describe(name)}, who does not take part; those who do: ${names}`,
  )
}

function question(
  { model, prompt = PROMPT, context = tokenLimited() }: SelectorOptions,
  messages: readonly ChatMessage[],
  candidates: readonly string[],
  { speakers, team: name }: FlowContext,
): ModelMessage {
  const places: Record<string, string> = {
    roles: speakers.map(roleOf).join('\n'),
    names: candidates.join(', '),
  }
  const told = [prompt, ...Object.values(places)].join('\n')
  const said = messages.map((message): ModelMessage => {
    const { source } = message
    return { role: 'user', source, content: `${source}: ${textOf(message)}` }
  })
  const first: ModelMessage = { role: 'user', source: 'user', content: told }
  const shown = shownOf({ about: 'team', name, model, context, told: [first] }, said, [])
  places.history = shown.map((one) => ('content' in one ? one.content : '')).join('\n\n')
  // In one pass, so that a placeholder's name within a message stays as it was said.
  const content = prompt.replaceAll(
    /\{(roles|names|history)\}/g,
    (_, place: string) => places[place] ?? '',
  )
  return { role: 'user', source: 'user', content }
}

function roleOf({ name, description }: Speaker): string {
  const what = description.replaceAll(/\s+/g, ' ').trim()
  return what === '' ? name : `${name}: ${what}`
}

function schemaOf(candidates: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    type: 'object',
    properties: { speaker: { type: 'string', enum: [...candidates] } },
    required: ['speaker'],
    additionalProperties: false,
  }
}

function correction(named: readonly string[], candidates: readonly string[]): string {
  const problem = named.length === 0 ? 'names none of them' : `names several: ${named.join(', ')}`
  return `Exactly one can have the turn, and that answer ${problem}. Choose one of these: ${candidates.join(', ')}.`
}

/**
 * The candidates that an answer names: as JSON if it is JSON, otherwise in its text. Upper and
 * lower case are ignored only when no name matches exactly.
 */
function namedIn(
  answer: string,
  candidates: readonly string[],
  speakers: readonly Speaker[],
): string[] {
  const structured = speakerIn(answer)
  if (structured !== undefined) return candidates.filter((name) => name === structured)
  const names = speakers.map(({ name }) => name)
  const exact = mentionsIn(answer, names, 'g')
  const named = candidates.filter((name) => exact.has(mentionKey(name)))
  if (named.length > 0) return named
  const anyCase = mentionsIn(answer.toLowerCase(), names, 'gi')
  return candidates.filter((name) => anyCase.has(mentionKey(name.toLowerCase())))
}

function speakerIn(answer: string): string | undefined {
  try {
    const { speaker } = JSON.parse(answer) as { speaker?: unknown }
    return typeof speaker === 'string' ? speaker : undefined
  } catch {
    return undefined
  }
}

/**
 * All names that are whole words of a text. All participants are searched for, the longest name
 * first: in `senior editor` only `senior_editor` is named, whether it is a candidate or not.
 */
function mentionsIn(text: string, names: readonly string[], flags: 'g' | 'gi'): Set<string> {
  const spellings = [...names]
    .sort((one, other) => other.length - one.length)
    .map((name) => name.replaceAll(/[.-]/g, '\\$&').replaceAll('_', '(?:\\\\?_| )'))
  const alone = new RegExp(
    `(?<![\\w-]|[\\w-]\\.)(?:${spellings.join('|')})(?![\\w-]|\\.[\\w-])`,
    flags,
  )
  return new Set([...text.matchAll(alone)].map(([found]) => mentionKey(found)))
}

/**
 * One form for all spellings of a name: models write spaces for its `_`, or escape it as Markdown
 * requires.
 */
function mentionKey(name: string): string {
  return name.replaceAll('\\_', '_').replaceAll(' ', '_')
}
