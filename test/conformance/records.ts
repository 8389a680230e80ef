/** What heddle's own records say of a play. */
import type { DeadLetter, InspectRecord } from '../../src/index.ts'
import type { Lost } from './history.ts'

/** Deliveries in the order of acceptance, by the ids that their calls have in a history. */
export function acceptedIn(records: readonly InspectRecord[]): string[] {
  return records.flatMap((record) => {
    return record.kind === 'accepted' ? deliveryId(record.messageId, record.recipient) : []
  })
}

/** Deliveries that were given up because their lanes died with them. */
export function poisonIn(letters: readonly DeadLetter[]): Lost {
  const poison = letters.filter(({ reason }) => reason.kind === 'poison')
  return new Set(poison.map(({ messageId, recipient = '' }) => deliveryId(messageId, recipient)))
}

function deliveryId(messageId: string, recipient: string): string {
  return `${messageId}@${recipient.slice(0, recipient.indexOf('/'))}`
}
