/** Answers of models that are not whole, and how people are told. */
import type { ModelResult } from '../../models/model.ts'
import type { ChatMessage } from './chat-message.ts'

type Unfinished = NonNullable<ChatMessage['finish']>

const TEXTS: Readonly<Record<Unfinished, string>> = {
  length: 'was cut at its length',
  'content-filter': "was withheld by its model or by the provider's filter",
}

/** The finish of an answer as its message has it: none, if the answer is whole. */
export function finishOf(finish: ModelResult['finish'] | undefined): { finish?: Unfinished } {
  return finish === 'length' || finish === 'content-filter' ? { finish } : {}
}

/** What has happened to a message that is not whole; undefined: it is whole. */
export function unfinishedText({ finish }: Pick<ChatMessage, 'finish'>): string | undefined {
  return finish === undefined ? undefined : TEXTS[finish]
}

/** Why a run ended, where its last message may not be whole. */
export function withUnfinished<Reason extends { readonly text: string }>(
  reason: Reason,
  last: ChatMessage | undefined,
): Reason {
  const what = last && unfinishedText(last)
  if (what === undefined) return reason
  return { ...reason, text: `${reason.text}; the answer of ${last?.source} ${what}` }
}
