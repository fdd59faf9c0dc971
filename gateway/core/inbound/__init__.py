"""What a consumer's text says: `understand(text)`.

In the order of the decisions:

| the text | intent, codes, error |
|---|---|
| exactly 20 digits from 8 | verify |
| more than 1,600 characters | error too_long (nothing of it is read) |
| nothing visible | empty |
| one word: ?, H, T, 0000, 取消 | help or stop |
| says report (举报, JB, 假货, fake) or complaint (投诉, TS), the first of them | that, with its codes, at most 5 |
| 6 or more different codes | error too_many_codes |
| 1 to 5 codes, whatever the other words (退订 and 帮助 too) | verify |
| help or stop word, without digits that are nearly a code | help, stop |
| a code's places (20 or 16, or 12 and more) with ?, X, *, □ or a lone letter inside | error illegible |
| 20 digits that do not start with 8 | error bad_prefix |
| 15, 17-19, 21 and more digits | error invalid_length |
| EAN-13 69, drug code 86 with 14, 24 digits, identity card, telephone | error not_a_supervision_code |
| 5 to 14 digits from 8; 4 digits with few words (see below) | error partial, with its fragment |
| other short digits with few words: at most 6 letters, or a verify word | error invalid_length |
| a word that asks to verify (查询, CX, 监管码), and no number that could be meant | error no_code |
| anything else, dates, prices and house numbers among it | unknown |

When several errors apply, the first of illegible, bad_prefix, invalid_length, not_a_supervision_code, partial is told.

Digits join across separators only, never across words, brackets or emoji.  A chain of joined digits is a code if
- it is unbroken: 20 digits from 8, or 16; this beats joining, but for 16 digits from 8 with 4 to complete them; or
- all of it together has 20 digits from 8, whatever its groups, and no group is a date, telephone number or other code;
- all of it together has 16 digits in equal groups or 7-9, or in any groups from 8 (the head of a 20-digit code); or
- a part of it has the groups in which codes are printed (equal groups of 4 or more, 7-9-4, 16-4) and does not go on
  with more of the same kind.

O and o are 0, l, I and | are 1 inside a run of digits that has been told apart from the words beside it; no other
letter is guessed.  Chinese numerals are digits too, but not the 一 of 查一下.
"""

from gateway.core.inbound.understanding import MAX_CHARACTERS, MAX_CODES, understand

__all__ = ["MAX_CHARACTERS", "MAX_CODES", "understand"]
