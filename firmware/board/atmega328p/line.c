#include "line.h"

#include <avr/interrupt.h>
#include <avr/io.h>

#define BAUD 115200UL
#define BAUD_TOL 3 /* percent: 16 MHz cannot be divided better; a receiver stands 4 */
#include <util/setbaud.h>

/* Powers of two up to 256: indices run on and are masked. One side writes `head`, the other
 * `tail`, both in one instruction, so that neither needs to lock the other out. */
#define HEARD_SIZE 64 /* the host's longest frame, nearly twice */
#define SENT_SIZE 128 /* three of the board's */

static volatile struct {
    uint8_t head, tail;
    uint8_t bytes[HEARD_SIZE];
} heard;

static volatile struct {
    uint8_t head, tail;
    uint8_t bytes[SENT_SIZE];
} sent;

ISR(USART_RX_vect)
{
    const uint8_t wrong = UCSR0A & (_BV(FE0) | _BV(DOR0)); /* goes when UDR0 is read */
    const uint8_t byte = UDR0;
    const uint8_t head = heard.head;
    if ((uint8_t)(head - heard.tail) == HEARD_SIZE) {
        heard.bytes[(uint8_t)(head - 1) % HEARD_SIZE] = LOST;
        return;
    }
    heard.bytes[head % HEARD_SIZE] = wrong ? LOST : byte;
    heard.head = head + 1;
}

ISR(USART_UDRE_vect)
{
    const uint8_t tail = sent.tail;
    if (tail == sent.head) {
        UCSR0B &= ~_BV(UDRIE0);
        return;
    }
    UDR0 = sent.bytes[tail % SENT_SIZE];
    /* A one clears it: the wire is busy. After UDR0, or the byte before could still set it. */
    UCSR0A = (UCSR0A & _BV(U2X0)) | _BV(TXC0);
    sent.tail = tail + 1;
}

void line_begin(void)
{
#if USE_2X
    UCSR0A = _BV(U2X0); /* 2.1 % fast, where the slower way would be 3.5 % slow */
#endif
    UBRR0H = UBRRH_VALUE;
    UBRR0L = UBRRL_VALUE;
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXCIE0) | _BV(RXEN0) | _BV(TXEN0);
}

bool line_heard(uint8_t *byte)
{
    const uint8_t tail = heard.tail;
    if (tail == heard.head)
        return false;
    *byte = heard.bytes[tail % HEARD_SIZE];
    heard.tail = tail + 1;
    return true;
}

size_t line_room(void)
{
    return SENT_SIZE - (uint8_t)(sent.head - sent.tail);
}

void line_send(const uint8_t *bytes, size_t length)
{
    uint8_t head = sent.head;
    while (length--)
        sent.bytes[head++ % SENT_SIZE] = *bytes++;
    sent.head = head;
    UCSR0B |= _BV(UDRIE0);
}

bool line_drained(void)
{
    return sent.head == sent.tail && (UCSR0A & _BV(TXC0));
}
