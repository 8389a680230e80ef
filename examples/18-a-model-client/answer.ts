/** An answer of the provider, which comes as a stream of events. */
import type { ModelResult, ToolCall } from 'heddle/agentchat'
import { z } from 'zod'

const Event = z.object({
  error: z.object({ message: z.string() }).optional(),
  choices: z
    .array(
      z.object({
        delta: z.object({
          content: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({
                index: z.number(),
                id: z.string().nullish(),
                function: z.object({
                  name: z.string().nullish(),
                  arguments: z.string().nullish(),
                }),
              }),
            )
            .nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
})

const FINISHES: Readonly<Record<string, ModelResult['finish']>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'content-filter',
}

/** Puts the answer together, event by event. */
export class Answer {
  #content = ''
  #finish: ModelResult['finish'] = 'unknown'
  #usage = { promptTokens: 0, completionTokens: 0 } // zeros where the provider does not say
  readonly #calls: ToolCall[] = []

  /** Takes in an event; returns the text in it. */
  add(event: unknown): string {
    const { error, choices, usage } = Event.parse(event)
    if (error !== undefined) throw new Error(error.message)
    if (usage) {
      const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage
      this.#usage = { promptTokens, completionTokens }
    }
    const [choice] = choices
    if (choice?.finish_reason) this.#finish = FINISHES[choice.finish_reason] ?? 'unknown'
    for (const { index, id, function: part } of choice?.delta.tool_calls ?? []) {
      const before = this.#calls[index] ?? { id: '', name: '', arguments: '' }
      this.#calls[index] = {
        id: id ?? before.id,
        name: part.name ?? before.name,
        arguments: before.arguments + (part.arguments ?? ''),
      }
    }
    const text = choice?.delta.content ?? ''
    this.#content += text
    return text
  }

  get result(): ModelResult {
    return {
      content: this.#content,
      toolCalls: this.#calls,
      finish: this.#finish,
      usage: this.#usage,
    }
  }
}
