"""Sentence patterns of daily talk, with names, numbers, foods and places that no list has.

The format is that of patterns.py. These pairs were added to the training pairs of patterns.py.
"""

DAILY = """
17 | [namer] name is [N] | [namer]叫[N]
5 | what is [asked] name | [asked]叫什么名字
4 | is [asked] name [N] | [asked]叫[N]吗
2 | my cat's name is [petname] | 我的猫叫[petname]
2 | his dog's name is [petname] | 他的狗叫[petname]
3 | [S] (have) a [animal] named [petname] | [S]有一只叫[petname]的[animal]
2 | call me [N] | 叫我[N]
2 | please call me [N] | 请叫我[N]
2 | you can call me [N] | 你可以叫我[N]
9 | [me] (be) [N] | [me]是[N]
3 | are you [N] | 你是[N]吗
5 | this is [N] | 这是[N]
7 | this is [rel] [N] | 这是[rel][N]
7 | [N] is [rel] | [N]是[rel]
5 | [N] is my [relone] | [N]是我[relone]
4 | [T] (be) [N]'s [relof] | [T]是[N]的[relof]
4 | hello i am [N] | 你好，我是[N]
4 | hello my name is [N] | 你好，我叫[N]
4 | hi my name is [N] | 嗨，我叫[N]
3 | i am [N] and this is [N2] | 我是[N]，这是[N2]
3 | my name is [N] and i am from [X] | 我叫[N]，我是从[X]来的
3 | my name is [N] and i live in [X] | 我叫[N]，我住在[X]
3 | my name is [N] and i am [count] years old | 我叫[N]，我[count]岁
18 | [greeting] [N] | [greeting]，[N]
3 | nice to meet you my name is [N] | 很高兴认识你，我叫[N]
7 | how (be) [Q] [today?] | [Q][today]好吗
3 | [S] (be) fine | [S]很好
7 | who is [N] | [N]是谁
7 | do you know [N] | 你认识[N]吗
5 | [S] [know.s] [N] | [S][know][N]
3 | where is [N] [now?] | [N][now]在哪儿
3 | is [N] [place.at] [now?] | [N][now]在[place]吗
14 | [S] [feel.s] [O] | [S][feel][O]
5 | [S] (don't) [feel] [O] | [S]不[feel][O]
3 | do you [feel] [O] | 你[feel][O]吗
7 | [S] (be) talking to [O] | [S]在和[O]说话
5 | [S] met [O] [past] | [S][past]见到了[O]
4 | [S] called [O] [past] | [S][past]给[O]打了电话
4 | please call [O] | 请给[O]打电话
4 | please help [O] | 请帮帮[O]
4 | [S] (live) with [O] | [S]和[O]一起住
3 | [S] (be) older than [O] | [S]比[O]大
4 | [S] [go.ed] with [N] and [N2] | [S]和[N]和[N2]一起[go.le]
9 | [N] and [N2] are [joined.many] | [N]和[N2]是[joined]
3 | [N] and i are [joined.many] | [N]和我是[joined]
5 | [N] and [N2] like [food] | [N]和[N2]喜欢[food]
3 | [N] and [N2] live in [X] | [N]和[N2]住在[X]
3 | [N] and [N2] are [place.at] | [N]和[N2]在[place]
4 | [N] and [N2] are [hobby.ing] | [N]和[N2]在[hobby]
8 | this is [N]'s [thingy] | 这是[N]的[thingy]
5 | [N]'s [so] is [so.adj] | [N]的[so]很[so.adj]
3 | where is [N]'s [thingy] | [N]的[thingy]在哪儿
5 | [N]'s [kinone] is [job.one] | [N]的[kinone]是[job]
3 | [N]'s [kinone] is [mood] | [N]的[kinone]很[mood]
3 | [S] (like) [N]'s [thingy] | [S]喜欢[N]的[thingy]
7 | [S] (be) from [X] | [S]是从[X]来的
3 | are you from [X] | 你是从[X]来的吗
3 | where (be) [Q] from | [Q]是哪里人
7 | [S] (come) from [X] | [S]来自[X]
9 | [S] (live) in [X] | [S]住在[X]
3 | (do) [Q] live in [X] | [Q]住在[X]吗
4 | [S] (was) born in [X] | [S]出生在[X]
5 | [S] (was) born in [year] | [S]是[year]年出生的
3 | [S] moved to [X] in [year] | [S][year]年搬到了[X]
4 | [S] [go.ed] in [year] | [S][year]年[go.le]
8 | [S] (want) to go to [X] [will?] | [S][will]想去[X]
5 | [S] (be) going to [X] [will] | [S][will]去[X]
5 | [S] went to [X] [went?] | [S][went]去了[X]
4 | [S] (have) been to [X] | [S]去过[X]
5 | have you been to [X] | 你去过[X]吗
3 | have you ever been to [X] | 你曾经去过[X]吗
3 | where is [X] | [X]在哪儿
3 | [X] is [beautiful] | [X]很[beautiful]
3 | welcome to [X] | 欢迎来到[X]
3 | [S] (work) in [X] | [S]在[X]工作
3 | [S] (work) at [firm] | [S]在[firm]工作
3 | [S] (like) living in [X] | [S]喜欢住在[X]
4 | [S] [like.s] [X] | [S][like][X]
3 | i love [X] | 我爱[X]
5 | it is [very] [weather] in [X] [today?] | [X][today][very][weather]
11 | [S] [like.s] [food] | [S][like][food]
7 | [S] (love) [food] | [S]爱[food]
7 | do you like [food] | 你喜欢[food]吗
8 | [S] [want.s] to eat [food] | [S][want]吃[food]
4 | do you want to eat [food] | 你想吃[food]吗
4 | [S] (be) eating [food] | [S]在吃[food]
4 | [S] ate [food] [past] | [S][past]吃了[food]
5 | [S] (don't) eat [food] | [S]不吃[food]
3 | let's eat [food] | 我们吃[food]吧
3 | have you eaten [food] | 你吃过[food]吗
3 | [S] can cook [food] | [S]会做[food]
3 | the [foody] is delicious | [foody]很好吃
3 | this [foody] is very delicious | 这个[foody]非常好吃
5 | [S] (like) [food] and [food2] | [S]喜欢[food]和[food2]
8 | [S] [want.s] to drink [drink] | [S][want]喝[drink]
5 | [S] (drink) [drink] [habit] | [S][habit]喝[drink]
3 | [S] (be) drinking [drink] | [S]在喝[drink]
3 | [S] [like.s] [drink] | [S][like][drink]
5 | my favorite [favorite] is [favorite.it] | 我最喜欢的[favorite]是[favorite.it]
2 | what is your favorite [kind] | 你最喜欢的[kind]是什么
11 | [S] (have) [counted] | [S]有[counted]
5 | [S] (have) [counted] and [counted2] | [S]有[counted]和[counted2]
7 | [S] bought [goods] [past?] | [S][past]买了[goods]
4 | [S] (need) [goods] | [S]需要[goods]
4 | [S] (want) [goods] | [S]想要[goods]
4 | [S] would like [goods] | [S]想要[goods]
3 | can i have [goods] | 我可以要[goods]吗
4 | [S] would like to [vp] | [S]想[vp]
3 | please give me [goods] | 请给我[goods]
5 | [S] saw [counted] [past] | [S][past]看到了[counted]
5 | there (be) [crowds] [room] | [room]有[crowds]
11 | [S] (be) [count] years old | [S][count]岁
3 | [N]'s [kinone] is [count] years old | [N]的[kinone][count]岁
8 | [ware] is [price] [money] | [ware][price][money]
5 | it is [price] [money] | [price][money]
5 | it costs [price] [money] | 它要[price][money]
4 | the [sale] costs [price] [money] | [sale]要[price][money]
3 | how much is the [sale] | [sale]多少钱
3 | [S] (have) [price] [money] | [S]有[price][money]
4 | it is [time] now | 现在是[time]
2 | the time is [time] | 时间是[time]
3 | it is [hour] o'clock | 现在[hour]点
7 | [S] [anytime.s] at [time] | [S][time][anytime]
3 | [S] [anytime.s] at [hour] o'clock | [S][hour]点[anytime]
3 | [S] [anytime.s] at [hour] [half] | [S][half][hour]点[anytime]
2 | today is [month] [day] | 今天是[month][day]号
2 | my birthday is on [month] [day] | 我的生日是[month][day]号
3 | [S] [go.ed] on [month] [day] | [S][month][day]号[go.le]
2 | today is [weekday] | 今天是[weekday]
2 | tomorrow is [weekday] | 明天是[weekday]
5 | my phone number is [phone] | 我的电话号码是[phone]
2 | his phone number is [phone] | 他的电话号码是[phone]
2 | my room number is [roomno] | 我的房间号是[roomno]
3 | my email is [mail] | 我的邮箱是[mail]
5 | [S] (work) [few] hours every day | [S]每天工作[few]个小时
5 | [S] waited for [count] [wait] | [S]等了[count][wait]
4 | [S] [stay.ed] [stay.at] for [count] [period] | [S]在[stay.place][stay.le][count][period]
4 | [S] will come in [count] [wait] | [S][count][wait]后会来
4 | [S] [go.ed] [count] [period] ago | [S][count][period]前[go.le]
3 | [S] (need) [count] [wait] | [S]需要[count][wait]
3 | it is [count] degrees today | 今天[count]度
5 | [city] is [price] [length] from [X] | [city]离[X][price][length]
3 | [sum] | [sum]
8 | [S] (be) [very] [mood2] | [S][very][mood2]
4 | [S] (ben't) [mood2] | [S]不[mood2]
4 | (be) [Q] [mood2] | [Q][mood2]吗
7 | [S] (be) [change] | [S][change]了
3 | (be) [Q] [change] | [Q][change]了吗
8 | [S] (be) [job.as] | [S]是[job]
4 | [T] (be) [trade] | [T]是[trade]
3 | are you [job.one] | 你是[job]吗
3 | what (do) [Q] do | [Q]做什么工作
4 | [S] (speak) [language] | [S]说[language]
4 | (do) [Q] speak [language] | [Q]说[language]吗
3 | [S] (be) learning [language] | [S]在学[language]
3 | [S] (want) to learn [language] | [S]想学[language]
2 | [S] (don't) understand [language] | [S]不懂[language]
2 | i speak a little [language] | 我会说一点[language]
8 | [S] (like) [pastime.ing] | [S]喜欢[pastime]
5 | [S] (like) to [pastime] | [S]喜欢[pastime]
5 | [S] (love) to [pastime] | [S]爱[pastime]
3 | do you like to [pastime] | 你喜欢[pastime]吗
4 | [S] (play) [game] [habit?] | [S][habit]玩[game]
4 | [S] (like) playing [game] | [S]喜欢玩[game]
9 | [S] [want.s] to [deed] | [S][want][deed]
7 | [S] (have) to [deed] | [S]得[deed]
3 | [S] (need) to [deed] [today?] | [S][today]要[deed]
5 | can i [deed] | 我可以[deed]吗
3 | let's [deed] | 我们[deed]吧
4 | can you [skilled] | 你会[skilled]吗
3 | [S] can [skilled] | [S]会[skilled]
18 | the [so] is [very] [so.adj] | [so][very][so.adj]
7 | my [so] is [very] [so.adj] | 我的[so][very][so.adj]
3 | is the [so] [so.adj] | [so][so.adj]吗
3 | the [so] is too [so.adj] | [so]太[so.adj]了
4 | the [small] is [spot] | [small]在[spot]
4 | where is [the] | [the]在哪儿
3 | i like [the] | 我喜欢[the]
3 | i like your [thingy] | 我喜欢你的[thingy]
3 | i can't find my [small] | 我找不到我的[small]
5 | this is my [thingy] | 这是我的[thingy]
5 | [S] (have) [one] | [S]有[one]
5 | this is [one] | 这是[one]
4 | [S] (want) to buy [article] | [S]想买[article]
3 | [S] (need) [one] | [S]需要[one]
3 | i lost my [small] | 我丢了我的[small]
3 | do you have a [common] | 你有[common]吗
3 | excuse me where is [goal] | 请问，[goal]在哪儿
17 | [opener] [phrase] | [opener]，[phrase]
11 | [phrase] [N] | [phrase]，[N]
1 | the weather is [fine] today | 今天天气[fine]
2 | how is the weather in [X] | [X]天气怎么样
6 | [S] (have) [some] [plural] | [S]有[some][plural.bare]
4 | there are [some] [plural] [room] | [room]有[some][plural.bare]
6 | how many [plural] (do) [Q] have | [Q]有几[plural]
4 | how many [plural] are there [room] | [room]有几[plural]
7 | [S] [chore.s] [habit] | [S][habit][chore]
7 | [S] (be) [chore.ing] | [S]在[chore]
6 | [S] [chore.ed] [past] | [S][past][chore.le]
6 | [S] will [chore] [will] | [S][will]会[chore]
4 | can you [chore] | 你能[chore]吗
6 | [S] [chore.s] [daytime] | [S][daytime][chore]
4 | [S] [act.s] [daytime] | [S][daytime][act]
7 | [G] (be) [upset] because [G.pro] (be) [cause] | [G]很[upset]，因为[G.pro]很[cause]
6 | [G] (like) [X] because it is [beautiful] | [G]喜欢[X]，因为那里很[beautiful]
5 | do you like [food] or [food2] | 你喜欢[food]还是[food2]
4 | do you want to drink [drink] or [drink2] | 你想喝[drink]还是[drink2]
6 | [S] (like) [food] very much | [S]非常喜欢[food]
4 | i love [O] very much | 我非常爱[O]
4 | [S] (speak) [language] very well | [S][language]说得非常好
4 | [S] (speak) [language] and [language2] | [S]说[language]和[language2]
6 | [T] (be) a good [fellow] | [T]是一个好[fellow]
6 | it is [one] | 它是[one]
4 | it is [N]'s [thingy] | 它是[N]的[thingy]
4 | is it your [thingy] | 它是你的[thingy]吗
4 | please give me the [small] | 请给我[small]
4 | [S] (want) the [small] | [S]想要[small]
4 | the [small] is [colour2] | [small]是[colour2]的
3 | my [small] is [colour2] | 我的[small]是[colour2]的
6 | [S] (was) [mood2] yesterday | [S]昨天很[mood2]
4 | [S] (was) in [X] [went] | [S][went]在[X]
1 | it was [weather] yesterday | 昨天很[weather]
3 | it was [weather] in [X] yesterday | [X]昨天很[weather]
3 | it will be [weather] in [X] [will] | [X][will]会很[weather]
4 | did you see [O] [past?] | 你[past]看到[O]了吗
4 | [S] didn't see [O] [past] | [S][past]没看到[O]
4 | [S] (work) with [O] | [S]和[O]一起工作
5 | [S] went to [X] with [O] | [S]和[O]一起去了[X]
5 | [G] (like) [food] but [G.pro] (don't) like [food2] | [G]喜欢[food]，但是[G.pro]不喜欢[food2]
4 | i think [N] is very [mood2] | 我觉得[N]非常[mood2]
4 | i don't know where [N] is | 我不知道[N]在哪儿
6 | [S] (be) going to the [open] [will] | [S][will]去[open]
4 | [S] went to the [open] [went?] | [S][went]去了[open]
4 | [S] (want) to go to the [open] | [S]想去[open]
6 | [S] (be) at the [open] | [S]在[open]
4 | where is the [open] | [open]在哪儿
4 | can you tell me where the [open] is | 你能告诉我[open]在哪儿吗
6 | [S] [always] [act.s] | [S][always][act]
5 | [S] [always] [chore.s] | [S][always][chore]
4 | [S] (have) [having] | [S]有[having]
4 | [S] (don't) have [having] | [S]没有[having]
4 | (do) [Q] have [having] | [Q]有[having]吗
4 | [S] (need) [having] | [S]需要[having]
3 | please tell me your name [N] | 请告诉我你的名字，[N]
2 | please show me the [small] | 请给我看[small]
4 | please tell [O] | 请告诉[O]
4 | the [fellow] is [mood2] | [fellow]很[mood2]
4 | where is the [fellow] | [fellow]在哪儿
4 | [N] is a [person] | [N]是一个[person]
"""
