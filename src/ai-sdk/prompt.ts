/** A request in the words of the AI SDK. */

import { textOfParts } from '../agentchat/messages/chat-message.ts'
import { describe, isRecord } from '../describe.ts'
import type {
  ContentPart,
  ModelMessage,
  ModelRequest,
  ToolResult,
  ToolSpec,
} from '../models/model.ts'
import { partsOf } from './kept-parts.ts'
import { type Called, misshapen, oddRequest } from './model-failure.ts'
import type {
  CallOptionsV3,
  CallOptionsV4,
  LanguageModelV3,
  LanguageModelV4,
  MessageV4,
  PromptV4,
  ToolOutput,
  UserPart,
} from './specification.ts'

/** What the options of a client say of its prompts. */
export interface PromptForm {
  readonly client: string
  readonly provider: string
  /** `prefix`: what others than the user say begins with their name. */
  readonly sourceNames: 'none' | 'prefix'
}

/** The options of a call by version 4. Throws HEDDLE_MODEL_FAILED. */
export function callOptionsV4(form: PromptForm, request: ModelRequest): CallOptionsV4 {
  const { tools = [], toolChoice = 'auto', output, signal } = request
  for (const { name, parameters } of tools) {
    if (isRecord(parameters)) continue
    throw oddRequest(
      form.client,
      `the tool '${name}' has no JSON schema; give it one with jsonSchema`,
    )
  }
  return {
    prompt: promptOf(form, request.messages),
    ...(tools.length > 0 && { tools: tools.map(toolOf), toolChoice: { type: toolChoice } }),
    ...(output !== undefined && { responseFormat: { type: 'json', schema: output } }),
    ...(signal !== undefined && { abortSignal: signal }),
  }
}

/** The same by version 3, which writes files in another way. */
export function callOptionsV3(form: PromptForm, request: ModelRequest): CallOptionsV3 {
  const options = callOptionsV4(form, request)
  return { ...options, prompt: options.prompt.map(messageV3) } as CallOptionsV3
}

function promptOf(form: PromptForm, messages: readonly ModelMessage[]): PromptV4 {
  return messages.map((message) => toPrompt(form, message))
}

function toPrompt(form: PromptForm, message: ModelMessage): MessageV4 {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content }
    case 'user':
      return { role: 'user', content: userParts(form, message.content, message.source) }
    case 'assistant':
      return { role: 'assistant', content: [...partsOf(form.provider, message)] }
    case 'tool':
      return { role: 'tool', content: message.results.map(resultOf) }
  }
}

function userParts(
  { sourceNames }: PromptForm,
  content: string | readonly ContentPart[],
  source: string,
): UserPart[] {
  const parts = typeof content === 'string' ? [{ kind: 'text' as const, text: content }] : content
  const own = parts.map((part) => {
    return part.kind === 'text' ? { type: 'text' as const, text: part.text } : fileOf(part)
  })
  if (sourceNames === 'none' || source === 'user') return own
  const prefix = `${source}: `
  const [first, ...rest] = own
  if (first?.type === 'text') return [{ ...first, text: prefix + first.text }, ...rest]
  return [{ type: 'text', text: prefix.trimEnd() }, ...own]
}

type Picture = Exclude<ContentPart, { readonly kind: 'text' }>

function fileOf(part: Picture) {
  const type = 'file' as const
  if (part.kind === 'image') {
    return { type, mediaType: part.mediaType, data: { type: 'data' as const, data: part.data } }
  }
  return { type, mediaType: 'image/*', data: { type: 'url' as const, url: new URL(part.url) } }
}

function resultOf({ callId, name, content, isError }: ToolResult) {
  const output = outputOf(content, isError)
  return { type: 'tool-result' as const, toolCallId: callId, toolName: name, output }
}

/** An error is a text for every provider. */
function outputOf(content: ToolResult['content'], isError: boolean): ToolOutput {
  if (isError) return { type: 'error-text', value: textOfParts(content) }
  if (typeof content === 'string') return { type: 'text', value: content }
  const value = content.map((part) => {
    return part.kind === 'text' ? { type: 'text' as const, text: part.text } : fileOf(part)
  })
  return { type: 'content', value }
}

function toolOf({ name, description, parameters }: ToolSpec) {
  return { type: 'function' as const, name, description, inputSchema: parameters }
}

function messageV3(message: MessageV4): object {
  if (typeof message.content === 'string') return message
  return { ...message, content: message.content.map(partV3) }
}

/** Files lie open in version 3, and pictures in a result have types of their own. */
function partV3(part: Exclude<MessageV4['content'], string>[number]): object {
  if (part.type === 'file') return { ...part, data: openV3(part.data) }
  if (part.type !== 'tool-result' || part.output.type !== 'content') return part
  const value = part.output.value.map((one) => {
    if (one.type !== 'file') return one
    if (one.data.type === 'url') return { type: 'image-url', url: one.data.url.href }
    return { type: 'image-data', data: openV3(one.data), mediaType: one.mediaType }
  })
  return { ...part, output: { ...part.output, value } }
}

function openV3(data: Extract<UserPart, { type: 'file' }>['data']): unknown {
  return data.type === 'url' ? data.url : 'data' in data ? data.data : undefined
}

/**
 * Throws HEDDLE_MODEL_FAILED for a picture's URL that the model can't read by itself: nothing is
 * fetched here, since the URL may be anybody's.
 */
export async function checkUrls(
  model: LanguageModelV4 | LanguageModelV3,
  called: Called,
  messages: readonly ModelMessage[],
): Promise<void> {
  const urls = messages.flatMap(partsIn).flatMap((part) => {
    return part.kind === 'image-url' ? [part.url] : []
  })
  if (urls.length === 0) return
  const supported: unknown = await model.supportedUrls
  if (!isRecord(supported)) throw misshapen(called, 'supportedUrls', supported, 'a record')
  const patterns = Object.entries(supported).flatMap(([type, some]) => {
    return /^(image|\*)/.test(type) && Array.isArray(some) ? (some as RegExp[]) : []
  })
  for (const url of urls) {
    const mend = 'give its bytes in base64, with the kind image'
    const shown = describe(called.hide(url))
    if (!URL.canParse(url)) {
      throw oddRequest(called.client, `a picture's URL is ${shown}, which is none`)
    }
    if (patterns.some((one) => new RegExp(one).test(url.toLowerCase()))) continue
    throw oddRequest(called.client, `it does not read pictures from ${shown}; ${mend}`)
  }
}

function partsIn(message: ModelMessage): readonly ContentPart[] {
  const contents =
    message.role === 'user'
      ? [message.content]
      : message.role === 'tool'
        ? message.results.map(({ content }) => content)
        : []
  return contents.flatMap((content) => (typeof content === 'string' ? [] : content))
}
