/** What heddle's own records say about a play. */
import type { DeadLetter, InspectRecord } from '../../src/index.ts'

/** Deliveries in the order of acceptance, by the ids that their calls have in a history. */
export function acceptedIn(records: readonly InspectRecord[]): string[] {
  return records.flatMap((record) => {
    return record.kind === 'accepted' ? deliveryId(record.messageId, record.recipient) : []
  })
}

export function lettersIn(records: readonly InspectRecord[]): DeadLetter[] {
  return records.flatMap((record) => (record.kind === 'dead-letter' ? record.letter : []))
}

/**
 * Deliveries that no handler ended: given up because their lanes died with them, or cancelled.
 */
export function lostIn(records: readonly InspectRecord[]): Set<string> {
  const poison = lettersIn(records).filter(({ reason }) => {
    return (
      reason.kind === 'poison' || ('error' in reason && reason.error.code === 'HEDDLE_INJECTED')
    )
  })
  return new Set([
    ...poison.map(({ messageId, recipient = '' }) => deliveryId(messageId, recipient)),
    ...records.flatMap((record) => {
      return record.kind === 'cancelled' ? deliveryId(record.messageId, record.agent) : []
    }),
  ])
}

function deliveryId(messageId: string, recipient = '/'): string {
  return `${messageId}@${recipient.slice(0, recipient.indexOf('/'))}`
}
