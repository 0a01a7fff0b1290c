//! As much of CloudWatch's metric math as alarms here use, for one period: numbers,
//! names, `+ - * / ^`, comparisons and `IF`.
//!
//! A name without data has no value; arithmetic with it has none either, and a
//! comparison reads it as 0, which is how the CloudWatch manual describes IF.

use std::collections::BTreeMap;

type Value = Option<f64>;
type Parsed = Result<Value, String>;

/// The value of `text`.
///
/// # Errors
/// When it is nothing that CloudWatch would take.
pub(super) fn evaluate(text: &str, known: &BTreeMap<String, Value>) -> Parsed {
    evaluate_with(text, known, Power::BindsMoreThanProducts)
}

/// The same with a choice about powers.
pub(super) fn evaluate_with(text: &str, known: &BTreeMap<String, Value>, power: Power) -> Parsed {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, known, power };
    let value = parser.comparison()?;
    match parser.peek() {
        None => Ok(value),
        Some(more) => Err(format!("{more:?} after the end")),
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Power {
    BindsMoreThanProducts,
    BindsAsProducts,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Sign(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let end = if first.is_ascii_digit() {
            length(|c| c.is_ascii_digit() || c == '.')
        } else if first.is_ascii_alphabetic() {
            length(|c| c.is_ascii_alphanumeric() || c == '_')
        } else if [">=", "<=", "==", "!="].iter().any(|sign| rest.starts_with(sign)) {
            2
        } else if "+-*/^<>(),".contains(first) {
            1
        } else {
            return Err(format!("{first:?} means nothing"));
        };
        let (word, after) = rest.split_at(end);
        tokens.push(match first {
            '0'..='9' => Token::Number(word.parse().map_err(|_| format!("{word} is no number"))?),
            _ if first.is_ascii_alphabetic() => Token::Name(word.to_owned()),
            _ => Token::Sign(word.to_owned()),
        });
        rest = after.trim_start();
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    known: &'a BTreeMap<String, Value>,
    power: Power,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, signs: &[&str]) -> Option<String> {
        let found = match self.peek() {
            Some(Token::Sign(sign)) if signs.contains(&sign.as_str()) => sign.clone(),
            _ => return None,
        };
        self.at += 1;
        Some(found)
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        self.take(&[sign])
            .map(|_| ())
            .ok_or_else(|| format!("{sign} expected, not {:?}", self.peek()))
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        let Some(sign) = self.take(&[">=", "<=", ">", "<"]) else { return Ok(left) };
        let (a, b) = (left.unwrap_or(0.0), self.sum()?.unwrap_or(0.0));
        let holds = match sign.as_str() {
            ">=" => a >= b,
            "<=" => a <= b,
            ">" => a > b,
            _ => a < b,
        };
        Ok(Some(f64::from(u8::from(holds))))
    }

    fn sum(&mut self) -> Parsed {
        let mut value = self.product()?;
        while let Some(sign) = self.take(&["+", "-"]) {
            let next = self.product()?;
            value = value.zip(next).map(|(a, b)| if sign == "+" { a + b } else { a - b });
        }
        Ok(value)
    }

    fn product(&mut self) -> Parsed {
        let mut value = self.power()?;
        // Of tight powers none is left here.
        while let Some(sign) = self.take(&["*", "/", "^"]) {
            let next = self.power()?;
            value = value.zip(next).map(|(a, b)| match sign.as_str() {
                "*" => a * b,
                "/" => a / b,
                _ => a.powf(b),
            });
        }
        // What divides by nothing has no value.
        Ok(value.filter(|value| value.is_finite()))
    }

    fn power(&mut self) -> Parsed {
        let base = self.one()?;
        if self.power == Power::BindsAsProducts || self.take(&["^"]).is_none() {
            return Ok(base);
        }
        Ok(base.zip(self.power()?).map(|(a, b)| a.powf(b)))
    }

    fn one(&mut self) -> Parsed {
        let token = self.peek().cloned().ok_or("something expected at the end")?;
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Some(number)),
            Token::Name(name) if name == "IF" => self.choice(),
            Token::Name(name) => {
                self.known.get(&name).copied().ok_or_else(|| format!("no {name} so far"))
            }
            Token::Sign(sign) if sign == "(" => {
                let value = self.comparison()?;
                self.expect(")")?;
                Ok(value)
            }
            Token::Sign(sign) => Err(format!("{sign} in a wrong place")),
        }
    }

    fn choice(&mut self) -> Parsed {
        self.expect("(")?;
        let condition = self.comparison()?;
        self.expect(",")?;
        let yes = self.comparison()?;
        self.expect(",")?;
        let no = self.comparison()?;
        self.expect(")")?;
        Ok(if condition.unwrap_or(0.0) == 0.0 { no } else { yes })
    }
}

#[test]
fn precedence_and_choice() {
    let known = BTreeMap::from([("a".to_owned(), Some(9.0)), ("none".to_owned(), None)]);
    for (text, expected) in [
        ("1 + 2 * 3", Some(7.0)),
        ("8 - 2 - 1", Some(5.0)),
        ("2 * a ^ 0.5", Some(6.0)),
        ("2 ^ 3 ^ 2", Some(512.0)),
        ("(1 + 2) * 3 / 2", Some(4.5)),
        ("IF(a >= 9, IF(a > 9, 1, 2), 3)", Some(2.0)),
        ("a + none", None),
        ("IF(none > 1, 1, a)", Some(9.0)),
        ("a / 0", None),
    ] {
        assert_eq!(evaluate(text, &known), Ok(expected), "{text}");
    }
    assert_eq!(
        evaluate_with("2 * a ^ 0.5", &known, Power::BindsAsProducts),
        Ok(Some(18.0_f64.sqrt()))
    );
    for wrong in ["a +", "b", "IF(a, 1)", "SQRT(a)", "(a", "a a", "a % 2"] {
        assert!(evaluate(wrong, &known).is_err(), "{wrong}");
    }
}
