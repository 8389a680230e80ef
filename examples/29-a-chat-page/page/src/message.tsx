/** One message of the chat: what the user has asked, or all that a run of the team has shown. */
import { isToolUIPart } from 'ai'
import type { HeddleUIMessage } from 'heddle/ai-sdk'
import { ToolCall } from './tool-call.tsx'

type Part = HeddleUIMessage['parts'][number]

export function Message({ message }: { message: HeddleUIMessage }) {
  const { role, parts, metadata } = message
  const { stopReason, usage } = metadata ?? {}
  return (
    <article className={role}>
      {parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts have no ids, and keep their order
        <PartOf key={at} part={part} role={role} />
      ))}
      {stopReason && (
        <footer title={`${usage?.promptTokens} + ${usage?.completionTokens} tokens`}>
          {stopReason.kind}
          {'text' in stopReason && `: ${stopReason.text}`}
        </footer>
      )}
    </article>
  )
}

function PartOf({ part, role }: { part: Part; role: string }) {
  if (isToolUIPart(part)) return <ToolCall part={part} />
  switch (part.type) {
    case 'text':
      return <Said by={agentOf(part) ?? role}>{part.text}</Said>
    case 'reasoning':
      return (
        <details>
          <summary>{agentOf(part)} thinks</summary>
          {part.text}
        </details>
      )
    case 'data-handoff':
      return (
        <p className="handoff">
          {part.data.agent} hands over to {part.data.target}
        </p>
      )
    default:
      return null // the team has no memories, no code and no questions of its own
  }
}

function Said({ by, children }: { by: string; children: string }) {
  return (
    <p className="text" data-by={by}>
      {by !== 'user' && <b>{by}</b>}
      {children}
    </p>
  )
}

/** heddle writes the agent into the metadata of its parts. */
function agentOf({ providerMetadata }: Extract<Part, { type: 'text' | 'reasoning' }>) {
  const agent = providerMetadata?.heddle?.agent
  return typeof agent === 'string' ? agent : undefined
}
