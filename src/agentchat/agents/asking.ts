/**
 * Agents that ask teams. A turn that asks ends there, after it has kept what it had so far. What it
 * has asked are conversations of their own; when all of them have ended, the agent is called again
 * with the same messages and the answers.
 */
import type { Usage } from '../../models/model.ts'
import type { ChatMessage } from '../messages/chat-message.ts'
import type { ChatStopReason, InputRequest, RunItem } from '../runs/task.ts'
import type { ChatContext, Response } from './chat-agent.ts'

/** What an agent asks of a team. */
export interface InnerAsk {
  /** The name that the agent knows the team by. */
  readonly to: string
  readonly messages: readonly ChatMessage[]
  /** Whether the team forgets what was said before. */
  readonly afresh: boolean
  /** Whether the answer has all that was said, and not only the last message. */
  readonly whole: boolean
}

/** What a team has answered. */
export interface InnerAnswer {
  readonly outcome:
    | { readonly kind: 'message'; readonly message: ChatMessage }
    | { readonly kind: 'failed'; readonly reason: ChatStopReason }
  /** All that was said, where that was asked for. */
  readonly said?: readonly ChatMessage[]
  readonly usage: Usage
}

/**
 * How a turn ends that asks. Asks of one team run one after the other, those of several at once.
 */
export class Asking {
  readonly #asks: readonly InnerAsk[]

  constructor(asks: readonly InnerAsk[]) {
    this.#asks = asks
  }

  /** What a turn asks, if this is how it ends. */
  static asksOf(given: unknown): readonly InnerAsk[] | undefined {
    return typeof given === 'object' && given !== null && #asks in given ? given.#asks : undefined
  }

  /** In the type of what `respond` returns, which does not show this kind to users. */
  get response(): Response {
    return this as never
  }
}

/** A team that an agent asks. */
export interface AskedTeam {
  /** The team, for a team that the agent takes part in. */
  readonly team: object
  /** Its conversation with the agent where that runs alone. */
  readonly alone: (agent: string) => LoneTeam
}

/** How a run of a lone team ended. */
export interface LoneEnd extends Omit<InnerAnswer, 'outcome'> {
  readonly outcome:
    | InnerAnswer['outcome']
    | { readonly kind: 'input'; readonly requests: readonly InputRequest[] }
}

/** How a team has ended that was asked, or that it has not: null. */
type AskedEnd = { readonly outcome: LoneEnd['outcome'] } | null

/** Whether it needs nothing more. */
export function isDone(end: AskedEnd): boolean {
  return end !== null && end.outcome.kind !== 'input'
}

/** What it asks humans. */
export function requestsIn(end: AskedEnd): readonly InputRequest[] {
  return end?.outcome.kind === 'input' ? end.outcome.requests : []
}

/** What humans have answered of that; undefined: nothing. */
export function answersFor(
  end: AskedEnd,
  answers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const ids = requestsIn(end).map(({ id }) => id)
  const given = Object.entries(answers).filter(([id]) => ids.includes(id))
  return given.length === 0 ? undefined : Object.fromEntries(given)
}

/** The conversation of a team with an agent that runs alone. */
export interface LoneTeam {
  /** Runs it. Under `answers`, it goes on. */
  run(
    asked: InnerAsk | { readonly answers: Readonly<Record<string, string>> },
    show: (item: RunItem) => void,
    signal: AbortSignal,
  ): Promise<LoneEnd>
  save(): unknown
  load(saved: unknown): void
}

const askedTeams = new WeakMap<object, ReadonlyMap<string, AskedTeam>>()
const turns = new WeakMap<ChatContext, KeptTurn>()
const NONE: ReadonlyMap<string, AskedTeam> = new Map()

/** Where a tool has the team behind it, by name: a copy of the tool has it as well. */
export const ASKED: unique symbol = Symbol('heddle.asked')

/** Keeps the teams that an agent asks, by the names that it knows them by. */
export function keepAsked(owner: object, teams: ReadonlyMap<string, AskedTeam>): void {
  if (teams.size > 0) askedTeams.set(owner, teams)
}

export function askedBy(owner: object): ReadonlyMap<string, AskedTeam> {
  const own = Reflect.get(owner, ASKED) as ReadonlyMap<string, AskedTeam> | undefined
  return own ?? askedTeams.get(owner) ?? NONE
}

/**
 * The contexts of calls for which the answer of a team is awaited after the call: the tool only
 * gives the task.
 */
export const deferred = new WeakSet<object>()

/**
 * Does something outside, unless an earlier attempt of the turn has done it: then it gives the same
 * result. The name says what is done, and is not used twice in an attempt.
 */
export type Once = <T>(name: string, run: () => Promise<T>) => Promise<T>

interface KeptTurn {
  readonly turnId: string
  readonly once?: Once
  readonly answered?: readonly InnerAnswer[]
  readonly news: () => Promise<readonly ChatMessage[]>
}

/** Keeps what belongs to a turn, and is not for its agent. */
export function keepTurn(context: ChatContext, kept: KeptTurn): void {
  const { turnId, answered, news, once } = kept
  turns.set(context, { turnId, news, ...(answered && { answered }), ...(once && { once }) })
}

/** The answers, in the order of the asks; undefined: the turn has not asked. */
export function answersTo(context: ChatContext): readonly InnerAnswer[] | undefined {
  return turns.get(context)?.answered
}

/** Identifies what the agent was asked: the same text when the turn runs again, and only then. */
export function turnIdOf(context: ChatContext): string {
  return turns.get(context)?.turnId ?? context.key
}

/** Undefined where an agent runs alone: its turns have one attempt. */
export function onceIn(context: ChatContext): Once | undefined {
  return turns.get(context)?.once
}

/** What was said to the run since the turn began, or since it was last read. */
export async function newsOf(context: ChatContext): Promise<readonly ChatMessage[]> {
  return (await turns.get(context)?.news()) ?? []
}
