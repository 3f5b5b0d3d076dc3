#include "wire/ws.h"

#include <stdlib.h>

#include "support/test.h"

#define LIMIT ((uint64_t)1 << 20)

static const uint8_t zero_mask[4];

static enum ws_parse parse(struct span text, bool masked)
{
    struct ws_frame frame;
    size_t bytes;

    return ws_parse_frame(text, masked, LIMIT, &frame, &bytes);
}

/* The example's frame, unmasked. */
static void is_frame(struct span text, bool masked, enum ws_opcode opcode, bool fin,
                     const char *expected)
{
    struct ws_frame frame;
    char payload[64];
    size_t bytes;

    assert_int_equal(ws_parse_frame(text, masked, LIMIT, &frame, &bytes), WS_FRAME);
    assert_int_equal(bytes, text.n);
    assert_int_equal(frame.opcode, opcode);
    assert_int_equal(frame.fin, fin);
    assert_int_equal(frame.masked, masked);
    memcpy(payload, frame.payload.p, frame.payload.n);
    if (masked)
        ws_unmask(payload, frame.payload.n, frame.mask);
    assert_true(span_is((struct span){payload, frame.payload.n}, expected));
}

TEST(the_examples_of_rfc_6455_section_5_7_are_read)
{
    is_frame(SPAN_LIT("\x81\x05Hello"), false, WS_TEXT, true, "Hello");
    is_frame(SPAN_LIT("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), true, WS_TEXT, true,
             "Hello");
    is_frame(SPAN_LIT("\x01\x03Hel"), false, WS_TEXT, false, "Hel");
    is_frame(SPAN_LIT("\x80\x02lo"), false, WS_CONTINUATION, true, "lo");
    is_frame(SPAN_LIT("\x89\x05Hello"), false, WS_PING, true, "Hello");
    is_frame(SPAN_LIT("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), true, WS_PONG, true,
             "Hello");
}

TEST(the_headers_of_the_long_examples_are_written_as_there)
{
    uint8_t header[14];

    assert_int_equal(ws_put_header(header, WS_BINARY, 256), 4);
    assert_memory_equal(header, "\x82\x7e\x01\x00", 4);
    assert_int_equal(ws_put_header(header, WS_BINARY, 65536), 10);
    assert_memory_equal(header, "\x82\x7f\0\0\0\0\0\1\0\0", 10);
    assert_int_equal(ws_put_masked_header(header, WS_TEXT, 5, (const uint8_t *)"\x37\xfa\x21\x3d"),
                     6);
    assert_memory_equal(header, "\x81\x85\x37\xfa\x21\x3d", 6);
}

/* Each split lies in memory of its own size, so that a sanitizer sees reads behind it. */
static void check_splits(const uint8_t *frame, size_t header, size_t total)
{
    size_t step = total > 2000 ? 97 : 1;

    for (size_t n = 0; n < total; n += n < 20 ? 1 : step) {
        uint8_t *part = malloc(n ? n : 1);
        struct ws_frame got;
        size_t bytes = 1;

        memcpy(part, frame, n);
        assert_int_equal(ws_parse_frame(span_make(part, n), true, LIMIT, &got, &bytes), WS_MORE);
        assert_int_equal(bytes, n < header - 4 ? 0 : total);
        free(part);
    }
}

TEST(all_lengths_around_the_three_forms_are_read_at_every_split)
{
    static const size_t lengths[] = {0,   1,   124,   125,   126,   127,  128,
                                     255, 256, 65534, 65535, 65536, 65537};
    uint8_t *text = calloc(1, 70000);

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t header = ws_put_masked_header(text, WS_BINARY, lengths[i], zero_mask);
        struct ws_frame frame;
        size_t bytes;

        assert_int_equal(header, ws_header_bytes(lengths[i]) + 4);
        check_splits(text, header, header + lengths[i]);
        /* What follows the frame is left alone. */
        assert_int_equal(
            ws_parse_frame(span_make(text, header + lengths[i] + 3), true, LIMIT, &frame, &bytes),
            WS_FRAME);
        assert_int_equal(bytes, header + lengths[i]);
        assert_int_equal(frame.payload.n, lengths[i]);
        assert_ptr_equal(frame.payload.p, text + header);
    }
    free(text);
}

TEST(a_length_in_a_longer_form_than_needed_is_refused)
{
    assert_int_equal(parse(SPAN_LIT("\x82\x7e\x00\x7d"), false), WS_PROTOCOL_ERROR);
    assert_int_equal(parse(SPAN_LIT("\x82\x7e\x00\x7e"), false), WS_MORE);
    assert_int_equal(parse(SPAN_LIT("\x82\x7f\0\0\0\0\0\0\xff\xff"), false), WS_PROTOCOL_ERROR);
    assert_int_equal(parse(SPAN_LIT("\x82\x7f\0\0\0\0\0\1\0\0"), false), WS_MORE);
    assert_int_equal(parse(SPAN_LIT("\x82\x7f\x80\0\0\0\0\1\0\0"), false), WS_PROTOCOL_ERROR);
}

TEST(a_payload_over_the_limit_is_refused_by_its_header_alone)
{
    struct ws_frame frame;
    size_t bytes;

    assert_int_equal(ws_parse_frame(SPAN_LIT("\x82\x7e\x01\x01"), false, 256, &frame, &bytes),
                     WS_TOO_LARGE);
    assert_int_equal(ws_parse_frame(SPAN_LIT("\x82\x7e\x01\x00"), false, 256, &frame, &bytes),
                     WS_MORE);
    assert_int_equal(ws_parse_frame(SPAN_LIT("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"), false,
                                    LIMIT, &frame, &bytes),
                     WS_TOO_LARGE);
}

TEST(reserved_bits_and_unknown_opcodes_are_refused_by_the_first_byte)
{
    for (unsigned first = 0; first < 256; first++) {
        char text = (char)first;
        unsigned opcode = first & 15;
        bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
        bool valid = !(first & 0x70) && known && (opcode < 8 || (first & 0x80));

        assert_int_equal(parse((struct span){&text, 1}, true), valid ? WS_MORE : WS_PROTOCOL_ERROR);
    }
}

TEST(control_frames_are_whole_and_at_most_125_bytes)
{
    assert_int_equal(parse(SPAN_LIT("\x09\x00"), false), WS_PROTOCOL_ERROR);
    assert_int_equal(parse(SPAN_LIT("\x89\x7d"), false), WS_MORE);
    assert_int_equal(parse(SPAN_LIT("\x89\x7e"), false), WS_PROTOCOL_ERROR);
    assert_int_equal(parse(SPAN_LIT("\x88\x7f"), false), WS_PROTOCOL_ERROR);
}

TEST(a_frame_is_masked_exactly_when_it_must_be)
{
    assert_int_equal(parse(SPAN_LIT("\x81\x00"), true), WS_PROTOCOL_ERROR);
    assert_int_equal(parse(SPAN_LIT("\x81\x80\0\0\0\0"), false), WS_PROTOCOL_ERROR);
    assert_int_equal(parse(SPAN_LIT("\x81\x80\0\0\0\0"), true), WS_FRAME);
}

TEST(unmasking_is_right_at_every_alignment_and_length)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t text[64];

    for (size_t at = 0; at < 8; at++) {
        for (size_t n = 0; n + at < sizeof(text); n++) {
            memset(text, 0xa5, sizeof(text));
            ws_unmask(text + at, n, mask);
            for (size_t i = 0; i < sizeof(text); i++) {
                bool inside = i >= at && i < at + n;

                assert_int_equal(text[i], inside ? 0xa5 ^ mask[(i - at) & 3] : 0xa5);
            }
        }
    }
}

TEST(the_accept_key_is_that_of_rfc_6455)
{
    char accept[28];

    ws_accept_key(SPAN_LIT("dGhlIHNhbXBsZSBub25jZQ=="), accept);
    assert_memory_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28);
}

static bool close_valid(unsigned code, const char *reason)
{
    char text[32] = {(char)(code >> 8), (char)code};
    uint16_t got = 0;

    memcpy(text + 2, reason, strlen(reason));
    return ws_close_code((struct span){text, 2 + strlen(reason)}, &got) && got == code;
}

TEST(only_codes_that_may_be_sent_close_a_connection)
{
    uint16_t code = 0;

    assert_true(ws_close_code((struct span){0}, &code));
    assert_int_equal(code, 1005);
    assert_false(ws_close_code(SPAN_LIT("\x03"), &code));
    for (unsigned c = 0; c < 6000; c++) {
        bool expected =
            (c >= 1000 && c <= 1014 && (c < 1004 || c > 1006)) || (c >= 3000 && c <= 4999);

        assert_int_equal(close_valid(c, ""), expected);
    }
    assert_true(close_valid(1000, "bye \xe4\xbd\xa0"));
    assert_false(close_valid(1000, "bye \xe4\xbd"));
}

int main(void)
{
    return RUN_TESTS(T(the_examples_of_rfc_6455_section_5_7_are_read),
                     T(the_headers_of_the_long_examples_are_written_as_there),
                     T(all_lengths_around_the_three_forms_are_read_at_every_split),
                     T(a_length_in_a_longer_form_than_needed_is_refused),
                     T(a_payload_over_the_limit_is_refused_by_its_header_alone),
                     T(reserved_bits_and_unknown_opcodes_are_refused_by_the_first_byte),
                     T(control_frames_are_whole_and_at_most_125_bytes),
                     T(a_frame_is_masked_exactly_when_it_must_be),
                     T(unmasking_is_right_at_every_alignment_and_length),
                     T(the_accept_key_is_that_of_rfc_6455),
                     T(only_codes_that_may_be_sent_close_a_connection));
}
