<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>MainWindow</name>
    <message>
        <location filename="a.cpp" line="1"/>
        <source>&amp;Open…</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n file(s)</source>
        <translation type="unfinished"><numerusform></numerusform></translation>
    </message>
    <message><source>Done</source><translation>好了</translation></message>
    <message><source>Old</source><translation type="vanished">旧</translation></message>
</context>
</TS>
